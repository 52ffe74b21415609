import { Op } from 'sequelize';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { randomUUID } from 'node:crypto';
import { deleteDueObjects } from './doomed-objects.ts';
import type { VideoDatabase } from './models.ts';
import { forgetSettled } from './outbox.ts';
import { strike, type Scheduling } from './attempts.ts';

const HOUR_MS = 3600 * 1000;
/** Uploads that stand still are ended after minutes, so a part that nobody has touched for this long is dead. */
const LEFTOVER_MS = HOUR_MS;

export interface SweepDependencies {
  db: VideoDatabase;
  store: ObjectStore;
  queue: WorkQueue;
  scheduling: Scheduling;
}

/**
 * Put right what a crash can leave behind. Every step may run on several replicas at once.
 * @param now the moment; leases and due times before it have passed
 */
export async function sweep(dependencies: SweepDependencies, now: Date): Promise<void> {
  const { db, store } = dependencies;
  await requeueLostLeases(dependencies, now);
  await wakeWorkers(dependencies, now);
  while ((await deleteDueObjects(db, store, now)) > 0);
  await store.removeLeftovers(new Date(now.getTime() - LEFTOVER_MS));
  const yesterday = new Date(now.getTime() - 24 * HOUR_MS);
  await forgetSettled(db, yesterday);
  await db.models.idempotencyKey.destroy({ where: { createdAt: { [Op.lt]: yesterday } } });
}

/** A lease that ran out is a failed attempt: its worker died or froze. */
async function requeueLostLeases({ db, scheduling }: SweepDependencies, now: Date): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    const lost = await db.models.extraction.findAll({
      where: { status: 'processing', leaseUntil: { [Op.lt]: now } },
      limit: 100,
      lock: true,
      skipLocked: true,
      transaction,
    });
    for (const extraction of lost) await strike(db, extraction, scheduling, now, transaction);
  });
}

/**
 * Every extraction that may run must have a wake-up call in the queue. Calls are alike (a worker claims whichever
 * extraction is next), so only their number matters: top it up when extractions wait and calls don't.
 */
async function wakeWorkers({ db, queue }: SweepDependencies, now: Date): Promise<void> {
  const waiting = await db.models.extraction.findAll({
    attributes: ['id', 'videoId', 'personId'],
    where: { status: 'queued', runAt: { [Op.lte]: now } },
    order: ['ordinal'],
    limit: 1000,
  });
  const missing = waiting.length - (await queue.depth('video.uploaded'));
  for (const { id: extractionId, videoId, personId } of waiting.slice(0, Math.max(missing, 0))) {
    await queue.publish('video.uploaded', { id: randomUUID(), extractionId, videoId, personId });
  }
}
