import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import type { Job, RangeJob } from '../../lib/contracts.ts';
import { metrics } from '../../lib/metrics.ts';
import { archiveKey, previewKey, type Scheduling } from './attempts.ts';
import { doom, ATTEMPT_OBJECT_MS } from './doomed-objects.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';
import { claimRange } from './ranges.ts';
import { moveTo } from './transitions.ts';

export const claimSchema = z.strictObject({
  worker: z.string().min(1).max(255),
  /** The extraction whose range the worker has just ended: it has the source at hand. */
  helping: z.uuid().optional(),
});

/** Any number. Claims come one by one, so that each sees what the one before has taken: the order and limit are exact. */
const CLAIM_LOCK = 1_618_033;

/**
 * Fairness: the person with the least running work comes first, then the oldest extraction; nobody has more than the
 * limit running. Rows that a cancel holds are skipped.
 */
const NEXT_EXTRACTION = `
  WITH running AS (
    SELECT person_id, count(*) AS n FROM extractions WHERE status = 'processing' GROUP BY person_id
  )
  SELECT e.id FROM extractions e LEFT JOIN running r ON r.person_id = e.person_id
  WHERE e.status = 'queued' AND e.run_at <= :now AND coalesce(r.n, 0) < :maxRunningPerPerson
  ORDER BY coalesce(r.n, 0), e.ordinal
  LIMIT 1 FOR UPDATE OF e SKIP LOCKED`;

/**
 * Give the next extraction to a worker: a lease and the attempt's number. When none may run now, the worker may help
 * with a range of one that runs elsewhere.
 * @returns the job, or null when there is nothing to do
 */
export async function claim(
  db: VideoDatabase,
  { worker, helping }: z.output<typeof claimSchema>,
  { leaseSeconds, maxRunningPerPerson }: Scheduling,
  now: Date,
): Promise<Job | RangeJob | null> {
  return db.sequelize.transaction(async (transaction) => {
    await db.sequelize.query(`SELECT pg_advisory_xact_lock(${CLAIM_LOCK})`, { transaction });
    const [next] = await db.sequelize.query<{ id: string }>(NEXT_EXTRACTION, {
      replacements: { now, maxRunningPerPerson },
      type: QueryTypes.SELECT,
      transaction,
    });
    if (!next)
      return claimRange(db, { helping: helping ?? null, worker }, { leaseSeconds }, now, transaction);
    const extraction = await db.models.extraction.findByPk(next.id, { transaction, rejectOnEmpty: true });
    const video = await db.models.video.findByPk(extraction.videoId, { transaction, rejectOnEmpty: true });
    const attempt = extraction.attempt + 1;
    const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
    const begun = { startedAt: now, progress: 0, attempt, worker, leaseUntil };
    metrics.waitingSeconds.observe(Math.max(0, now.getTime() - extraction.runAt.getTime()) / 1000);
    await moveTo(extraction, 'processing', begun, transaction);
    const job = jobOf(extraction, video, leaseSeconds);
    await doom(
      db,
      [job.archiveKey, job.previewKey],
      new Date(now.getTime() + ATTEMPT_OBJECT_MS),
      transaction,
    );
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
    previewKey: previewKey(extractionId, attempt),
  };
}
