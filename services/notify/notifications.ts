import { randomUUID } from 'node:crypto';
import { Op } from 'sequelize';
import type { Message } from '../../lib/contracts.ts';
import type { Notification, NotifyDatabase } from './models.ts';
import { pauseAfter } from './retry.ts';
import { templates, type NotificationRequest } from './templates/index.ts';
import { storable } from './templates/words.ts';

/** The topics that people are told of; each has a template of its name. */
export type NotifiedTopic = 'video.processed' | 'video.failed';

/** How an attempt to send a notification ended. */
export type Outcome =
  | { kind: 'sent'; recipient: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string };

/**
 * Record that a person is to be told of an event, once: an event that comes again changes nothing.
 * @param message the event, as the topic's contract has it
 */
export async function recordEvent(
  { models }: NotifyDatabase,
  topic: NotifiedTopic,
  message: Message<NotifiedTopic>,
  now: Date,
): Promise<void> {
  const row = {
    ...fresh(now),
    eventId: message.id,
    personId: message.personId,
    recipient: null,
    template: topic,
    payload: templates[topic].payloadOf(message),
  };
  // Sequelize's `create` takes an ignored duplicate for a failure; its `bulkCreate` does not.
  await models.notification.bulkCreate([row], { ignoreDuplicates: true });
}

/**
 * Record a notification that a service or an administrator asks for.
 * @param requestId a UUID; the request that is delivered again gets the id of the same notification
 * @returns its id
 */
export async function recordRequest(
  { models }: NotifyDatabase,
  { to, template, data }: NotificationRequest,
  now: Date,
  requestId: string = randomUUID(),
): Promise<string> {
  const event = { eventId: requestId, channel: 'email' as const };
  const row = { ...fresh(now), ...event, personId: null, recipient: to, template, payload: data };
  await models.notification.bulkCreate([row], { ignoreDuplicates: true });
  const { id } = await models.notification.findOne({ where: event, rejectOnEmpty: true });
  return id;
}

function fresh(now: Date) {
  return { id: randomUUID(), channel: 'email' as const, nextAttemptAt: now, createdAt: now };
}

/**
 * Take the notification that has been due for the longest time, if any, and count the attempt. Nobody else takes it
 * before the lease runs out; when its sender dies, it is due again then.
 * @param leaseMs how long the taker has it without renewing
 */
export async function claimDue(
  { sequelize, models }: NotifyDatabase,
  leaseMs: number,
  now: Date,
): Promise<Notification | null> {
  return sequelize.transaction(async (transaction) => {
    const due = await models.notification.findOne({
      where: { status: 'pending', nextAttemptAt: { [Op.lte]: now } },
      order: ['nextAttemptAt'],
      lock: true,
      skipLocked: true,
      transaction,
    });
    const lease = { attempts: (due?.attempts ?? 0) + 1, nextAttemptAt: new Date(now.getTime() + leaseMs) };
    return due ? due.update(lease, { transaction }) : null;
  });
}

/** Keep a claimed notification for another lease, unless somebody else has claimed it meanwhile. */
export async function renewLease(
  { models }: NotifyDatabase,
  { id, attempts }: Notification,
  leaseMs: number,
  now: Date,
): Promise<void> {
  await models.notification.update(
    { nextAttemptAt: new Date(now.getTime() + leaseMs) },
    { where: { id, attempts, status: 'pending' } },
  );
}

/**
 * Write down how an attempt ended. What was sent is sent, whoever has the lease by now; an attempt that went wrong
 * says nothing about a later one that somebody else has begun.
 * @returns whether the notification will be tried again
 */
export async function settleAttempt(
  { models }: NotifyDatabase,
  { id, attempts }: Notification,
  outcome: Outcome,
  now: Date,
): Promise<boolean> {
  if (outcome.kind === 'sent') {
    const sent = { status: 'sent' as const, recipient: outcome.recipient, sentAt: now, lastError: null };
    await models.notification.update(sent, { where: { id } });
    return false;
  }
  const pause = outcome.kind === 'refused' ? null : pauseAfter(attempts);
  const lastError = storable(outcome.reason.slice(0, 1000));
  const next =
    pause === null
      ? { status: 'failed' as const, lastError }
      : { nextAttemptAt: new Date(now.getTime() + pause), lastError };
  await models.notification.update(next, { where: { id, attempts, status: 'pending' } });
  return pause !== null;
}
