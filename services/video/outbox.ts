import { randomUUID } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import { topics, type Message, type Topic } from '../../lib/contracts.ts';
import { parse } from '../../lib/errors.ts';
import { carrier, inTrace, type Carrier } from '../../lib/tracing/trace.ts';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import type { OutboxEvent, VideoDatabase } from './models.ts';

/** An event whose arrival nobody has confirmed for this long is published again. */
const UNSETTLED_MS = 60_000;
const BATCH = 50;

/**
 * Write an event beside the change it tells of, in the same transaction, so that there is never one without the other.
 * @returns the event's id
 */
export async function record<T extends Topic>(
  { models }: VideoDatabase,
  topic: T,
  content: Omit<Message<T>, 'id'>,
  now: Date,
  transaction: Transaction,
): Promise<string> {
  const message = parse(topics[topic], { ...content, id: randomUUID() }) as Message<T>;
  const event = { id: message.id, topic, message, createdAt: now, trace: carrier() };
  await models.outbox.create(event, { transaction });
  return message.id;
}

/** Publish everything that is due, batch by batch. */
export async function relay(db: VideoDatabase, queue: WorkQueue): Promise<void> {
  while ((await relayBatch(db, queue, new Date())) === BATCH);
}

/**
 * Publish what was recorded and not yet sent, and again what was sent long ago without a sign that it arrived (a wiped
 * broker, a killed process). The rows are locked until they are marked, so replicas don't publish a row twice; a crash
 * between publishing and marking gives a duplicate, never a loss.
 * @returns how many events were published; a full batch means there may be more
 */
export async function relayBatch(db: VideoDatabase, queue: WorkQueue, now: Date): Promise<number> {
  return db.sequelize.transaction(async (transaction) => {
    const overdue = new Date(now.getTime() - UNSETTLED_MS);
    const events = await db.models.outbox.findAll({
      where: { settledAt: null, sentAt: { [Op.or]: [null, { [Op.lt]: overdue }] } },
      order: ['createdAt'],
      limit: BATCH,
      lock: true,
      skipLocked: true,
      transaction,
    });
    for (const event of events) {
      await inTrace(event.trace, () => queue.publish(event.topic, event.message));
      await event.update({ sentAt: now, ...settlesItself(event, now) }, { transaction });
    }
    return events.length;
  });
}

/** The trace of the request that asked for an extraction; null where it was not traced. */
export async function traceOf({ models }: VideoDatabase, extractionId: string): Promise<Carrier | null> {
  const event = await models.outbox.findOne({
    where: { topic: 'video.uploaded', message: { extractionId } },
    order: [['createdAt', 'DESC']],
  });
  return event?.trace ?? null;
}

/** A lost wake-up is noticed by the sweep, which compares the queue with the database; nobody needs to confirm it. */
function settlesItself(event: OutboxEvent, now: Date): { settledAt?: Date } {
  return event.topic === 'video.uploaded' ? { settledAt: now } : {};
}

/** The consumer has made the event its own; it is not published again. Settling twice is the same as once. */
export async function settle({ models }: VideoDatabase, eventId: string, now: Date): Promise<void> {
  await models.outbox.update({ settledAt: now }, { where: { id: eventId, settledAt: null } });
}

/** After a start, what nobody confirmed is due at once: a queue in memory has died with the last process. */
export async function resendUnsettled({ models }: VideoDatabase): Promise<void> {
  await models.outbox.update({ sentAt: null }, { where: { settledAt: null } });
}

/** Forget events that arrived before the given moment. */
export async function forgetSettled({ models }: VideoDatabase, before: Date): Promise<void> {
  await models.outbox.destroy({ where: { settledAt: { [Op.lt]: before } } });
}
