import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import type { JobStory } from '../../../lib/administration/replies.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { Extraction, OutboxEvent, Range, Video, VideoDatabase } from '../models.ts';
import { summaryOf } from './jobs.ts';

/**
 * All that is known of one extraction.
 * @param id of an extraction; that of a video is its newest extraction
 * @throws ProblemError `not_found`
 */
export async function readJob(db: VideoDatabase, id: string): Promise<JobStory> {
  const job = await findJob(db, id);
  const { models } = db;
  const video = await models.video.findByPk(job.videoId);
  if (!video) throw new ProblemError('not_found');
  const extractionId = job.id;
  const [siblings, ranges, events] = await Promise.all([
    models.extraction.findAll({ where: { videoId: video.id }, order: [['ordinal', 'DESC']] }),
    models.range.findAll({ where: { extractionId }, order: ['number'] }),
    eventsOf(db, extractionId),
  ]);
  return tell(job, video, { siblings, ranges, events });
}

/**
 * @param id of an extraction, or of a video
 * @throws ProblemError `not_found`
 */
export async function findJob({ models }: VideoDatabase, id: string): Promise<Extraction> {
  if (!z.uuid().safeParse(id).success) {
    throw new ProblemError('not_found', { detail: 'The id of a job, or of a video, is a UUID' });
  }
  const job =
    (await models.extraction.findByPk(id)) ??
    (await models.extraction.findOne({ where: { videoId: id }, order: [['ordinal', 'DESC']] }));
  if (!job) throw new ProblemError('not_found', { detail: `There is no job or video ${id}` });
  return job;
}

type Event = Pick<OutboxEvent, 'id' | 'topic' | 'createdAt' | 'sentAt' | 'settledAt'>;

/** The outbox keeps an event for a day after it arrived. */
async function eventsOf({ sequelize }: VideoDatabase, extractionId: string): Promise<Event[]> {
  return sequelize.query<Event>(
    `SELECT id, topic, created_at AS "createdAt", sent_at AS "sentAt", settled_at AS "settledAt" FROM outbox
     WHERE message->>'extractionId' = :extractionId ORDER BY created_at, id`,
    { replacements: { extractionId }, type: QueryTypes.SELECT },
  );
}

const time = (at: Date | null) => at?.toISOString() ?? null;

function tell(
  job: Extraction,
  video: Video,
  { siblings, ranges, events }: { siblings: Extraction[]; ranges: Range[]; events: Event[] },
): JobStory {
  const { archiveKey: key, archiveSize: size, archiveSha256: sha256 } = job;
  const { filename, objectKey, contentType, media } = video;
  return {
    ...summaryOf({ ...job.get({ plain: true }), filename, attempts: job.attempt }),
    recipe: job.recipe,
    source: {
      ...{ key: objectKey, size: Number(video.size), sha256: video.sha256, contentType },
      removedAt: time(video.sourceRemovedAt),
    },
    media,
    frameCount: job.frameCount,
    warnings: job.warnings,
    archive: key === null || size === null || sha256 === null ? null : { key, size: Number(size), sha256 },
    expiresAt: time(job.expiresAt),
    siblings: siblings.map(({ id, status, createdAt }) => ({
      ...{ id, status, createdAt: createdAt.toISOString() },
    })),
    ranges: ranges.map(tellRange),
    events: events.map(({ id, topic, createdAt, sentAt, settledAt }) => ({
      ...{ id, topic, createdAt: createdAt.toISOString() },
      ...{ sentAt: time(sentAt), settledAt: time(settledAt) },
    })),
  };
}

function tellRange(range: Range): JobStory['ranges'][number] {
  const { number, first, count, attempt: attempts, worker, key, refused } = range;
  const leaseUntil = time(range.leaseUntil);
  return { number, first, count, attempts, worker, leaseUntil, stored: key !== null, refused };
}
