import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import type { Job } from '../../lib/contracts.ts';
import { archiveKey, type Scheduling } from './attempts.ts';
import { doom, UNCLAIMED_OBJECT_MS } from './doomed-objects.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';
import { moveTo } from './transitions.ts';

export const claimSchema = z.strictObject({ worker: z.string().min(1).max(255) });

/**
 * Fairness: the person with the least running work comes first, then the oldest extraction. Rows that another claim
 * holds are skipped, so claims never wait for each other.
 */
const NEXT_EXTRACTION = `
  SELECT e.id FROM extractions e
  WHERE e.status = 'queued' AND e.run_at <= :now
  ORDER BY (SELECT count(*) FROM extractions r WHERE r.person_id = e.person_id AND r.status = 'processing'), e.ordinal
  LIMIT 1 FOR UPDATE OF e SKIP LOCKED`;

/**
 * Give the next extraction to a worker: a lease and the attempt's number.
 * @returns the job, or null when nothing waits
 */
export async function claim(
  db: VideoDatabase,
  { worker }: z.output<typeof claimSchema>,
  { leaseSeconds }: Scheduling,
  now: Date,
): Promise<Job | null> {
  return db.sequelize.transaction(async (transaction) => {
    const [next] = await db.sequelize.query<{ id: string }>(NEXT_EXTRACTION, {
      replacements: { now },
      type: QueryTypes.SELECT,
      transaction,
    });
    if (!next) return null;
    const extraction = await db.models.extraction.findByPk(next.id, { transaction, rejectOnEmpty: true });
    const video = await db.models.video.findByPk(extraction.videoId, { transaction, rejectOnEmpty: true });
    const attempt = extraction.attempt + 1;
    const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
    const started = { startedAt: extraction.startedAt ?? now, progress: 0 };
    await moveTo(extraction, 'processing', { ...started, attempt, worker, leaseUntil }, transaction);
    const job = jobOf(extraction, video, leaseSeconds);
    await doom(db, [job.archiveKey], new Date(now.getTime() + UNCLAIMED_OBJECT_MS), transaction);
    return job;
  });
}

function jobOf(extraction: Extraction, video: Video, leaseSeconds: number): Job {
  const { id: extractionId, videoId, attempt, recipe } = extraction;
  const { objectKey: key, filename, sha256 } = video;
  const source = { key, filename, sha256, size: Number(video.size) };
  return {
    extractionId,
    videoId,
    attempt,
    leaseSeconds,
    recipe,
    source,
    archiveKey: archiveKey(extractionId, attempt),
  };
}
