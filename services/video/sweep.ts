import { randomUUID } from 'node:crypto';
import { Op, QueryTypes } from 'sequelize';
import type { Message } from '../../lib/contracts.ts';
import { forgetChanges } from '../../lib/change-log.ts';
import { removeExpiredCounters } from '../../lib/counters.ts';
import { metrics } from '../../lib/metrics.ts';
import { forgetHandledRequests } from '../../lib/once.ts';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
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
  await requeueLostLeases(dependencies, now);
  while ((await deleteDueObjects(dependencies.db, dependencies.store, now)) > 0);
}

/** Remove what is old: parts of interrupted uploads, events that have arrived, used Idempotency-Keys, request ids. */
export async function tidy({ db, store }: Pick<SweepDependencies, 'db' | 'store'>, now: Date): Promise<void> {
  const yesterday = new Date(now.getTime() - 24 * HOUR_MS);
  await forgetSettled(db, yesterday);
  await forgetHandledRequests(db.sequelize, now);
  await forgetChanges(db.sequelize, now);
  await removeExpiredCounters(db.sequelize, now);
  await db.models.idempotencyKey.destroy({ where: { createdAt: { [Op.lt]: yesterday } } });
  await store.removeLeftovers(new Date(now.getTime() - LEFTOVER_MS));
}

/** A lease that ran out is a failed attempt: its worker died or froze. */
async function requeueLostLeases({ db, scheduling }: SweepDependencies, now: Date): Promise<void> {
  const count = await db.sequelize.transaction(async (transaction) => {
    const lost = await db.models.extraction.findAll({
      where: { status: 'processing', leaseUntil: { [Op.lt]: now } },
      limit: 100,
      lock: true,
      skipLocked: true,
      transaction,
    });
    for (const extraction of lost) await strike(db, extraction, scheduling, now, transaction);
    return lost.length;
  });
  metrics.leasesLost.inc(count);
}

/** The extractions that a claim could take right now, within each person's limit. */
const CLAIMABLE = `
  WITH running AS (
    SELECT person_id, count(*) AS n FROM extractions WHERE status = 'processing' GROUP BY person_id
  ), waiting AS (
    SELECT id, video_id, person_id, ordinal, row_number() OVER (PARTITION BY person_id ORDER BY ordinal) AS place
    FROM extractions WHERE status = 'queued' AND run_at <= :now
  )
  SELECT w.id AS "extractionId", w.video_id AS "videoId", w.person_id AS "personId"
  FROM waiting w LEFT JOIN running r ON r.person_id = w.person_id
  WHERE w.place + coalesce(r.n, 0) <= :maxRunningPerPerson
  ORDER BY w.ordinal LIMIT 1000`;

type Wakeup = Omit<Message<'video.uploaded'>, 'id'>;

/**
 * Every extraction that may run must have a wake-up call in the queue. Calls are alike (a worker claims whichever
 * extraction is next), so only their number matters: top it up when extractions wait and calls don't.
 */
export async function wakeWorkers(
  { db, queue, scheduling }: Pick<SweepDependencies, 'db' | 'queue' | 'scheduling'>,
  now: Date,
): Promise<void> {
  const { maxRunningPerPerson } = scheduling;
  const claimable = await db.sequelize.query<Wakeup>(CLAIMABLE, {
    replacements: { now, maxRunningPerPerson },
    type: QueryTypes.SELECT,
  });
  const missing = claimable.length - (await queue.depth('video.uploaded'));
  for (const wakeup of claimable.slice(0, Math.max(missing, 0))) {
    await queue.publish('video.uploaded', { id: randomUUID(), ...wakeup });
  }
}
