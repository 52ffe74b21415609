import { QueryTypes } from 'sequelize';
import { metrics } from '../../lib/metrics.ts';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import { countQueues } from './administration/queues.ts';
import type { VideoDatabase } from './models.ts';

/** Sources below it are small: uploads of them are to be completed within two minutes. */
const SMALL_BYTES = 100_000_000;

/** Note how long a completed extraction took, from its acceptance on. */
export async function measureCompletion(
  { sequelize }: VideoDatabase,
  extractionId: string,
  now: Date,
): Promise<void> {
  const [row] = await sequelize.query<{ created_at: Date; size: string }>(
    `SELECT e.created_at, v.size FROM extractions e JOIN videos v ON v.id = e.video_id WHERE e.id = :extractionId`,
    { replacements: { extractionId }, type: QueryTypes.SELECT },
  );
  if (!row) return;
  const source = Number(row.size) < SMALL_BYTES ? 'small' : 'large';
  metrics.completionSeconds.observe({ source }, (now.getTime() - row.created_at.getTime()) / 1000);
}

/** Measure what waits: in the work queues, in the database, and in the outbox. */
export async function measureWork(needs: { db: VideoDatabase; queue: WorkQueue }, now: Date): Promise<void> {
  const { topics, jobs, outbox } = await countQueues(needs, now);
  for (const { topic, ...counts } of topics)
    for (const [state, count] of Object.entries(counts)) metrics.queueMessages.set({ topic, state }, count);
  for (const [state, count] of Object.entries(jobs)) metrics.jobs.set({ state }, count);
  for (const [state, count] of Object.entries(outbox)) metrics.outbox.set({ state }, count);
  const [ages] = await needs.db.sequelize.query<{ waiting: Date | null; unsent: Date | null }>(
    `SELECT (SELECT min(run_at) FROM extractions WHERE status = 'queued' AND run_at <= :now) AS waiting,
            (SELECT min(created_at) FROM outbox WHERE settled_at IS NULL AND sent_at IS NULL) AS unsent`,
    { replacements: { now }, type: QueryTypes.SELECT },
  );
  const secondsSince = (date?: Date | null) => (date ? (now.getTime() - date.getTime()) / 1000 : 0);
  metrics.oldestWaiting.set(secondsSince(ages?.waiting));
  metrics.outboxAge.set(secondsSince(ages?.unsent));
}
