import { randomUUID } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import type { Message } from '../../lib/contracts.ts';
import { parse } from '../../lib/errors.ts';
import { carrier } from '../../lib/tracing/trace.ts';
import { isGone } from '../../lib/gone-people.ts';
import { notices, type Notice } from '../../lib/notices.ts';
import type { Channel, Notification, NotifyDatabase } from './models.ts';
import { pauseAfter } from './retry.ts';
import { targetsOf } from './targets.ts';
import type { NotificationRequest } from './templates/index.ts';
import { storable } from '../../lib/storable.ts';

/** The topics that people are told of. */
export type NotifiedTopic = 'video.processed' | 'video.failed';

/** How an attempt to send a notification ended. */
export type Outcome = { statusCode?: number; detail?: string } & (
  | { kind: 'sent'; recipient: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string }
);

/** The notice of what happened to a video. */
export function noticeOf(topic: NotifiedTopic, message: Message<NotifiedTopic>): Notice {
  const { id, personId, ...data } = message;
  const warned = 'warnings' in data && data.warnings.length > 0;
  const kind = topic === 'video.processed' && warned ? 'video.processed_with_warnings' : topic;
  return { eventId: id, personId, kind, data };
}

/**
 * Record a notice on each channel that its person wants, once: an event that comes again changes nothing. Whoever is
 * gone is told that they are, and nothing else.
 * @param transaction that it belongs to; without one it has one of its own
 * @throws ProblemError `validation_failed` when the data is not what the kind holds
 */
export function recordNotice(
  db: NotifyDatabase,
  notice: Notice,
  now: Date,
  transaction?: Transaction,
): Promise<void> {
  const record = (its: Transaction) => recordWithin(db, notice, now, its);
  return transaction ? record(transaction) : db.sequelize.transaction(record);
}

async function recordWithin(
  db: NotifyDatabase,
  notice: Notice,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const { eventId, kind, to = null, locale } = notice;
  const isFarewell = kind === 'account.deleted';
  if (!isFarewell && (await isGone(db.sequelize, notice.personId, transaction))) return;
  const personId = isFarewell ? null : notice.personId;
  const payload = { ...parse(notices[kind], notice.data), ...(locale ? { locale } : {}) };
  const rows = (await targetsOf(db, notice, transaction)).map((target) => ({
    ...fresh(now),
    ...target,
    // What is recorded for the app has arrived.
    ...(target.channel === 'inapp' ? { status: 'sent' as const, sentAt: now } : waiting),
    eventId,
    personId,
    recipient: target.channel === 'email' ? to : null,
    kind,
    payload,
  }));
  // Sequelize's `create` takes an ignored duplicate for a failure; its `bulkCreate` does not.
  await db.models.notification.bulkCreate(rows, { ignoreDuplicates: true, transaction });
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
  const row = {
    ...fresh(now),
    ...waiting,
    ...event,
    personId: null,
    recipient: to,
    kind: template,
    payload: data,
  };
  await models.notification.bulkCreate([row], { ignoreDuplicates: true });
  const { id } = await models.notification.findOne({ where: event, rejectOnEmpty: true });
  return id;
}

const waiting = { status: 'pending' as const, sentAt: null };

function fresh(now: Date) {
  return { id: randomUUID(), nextAttemptAt: now, createdAt: now, trace: carrier() };
}

/**
 * Take the notification of a channel that has been due for the longest time, if any, and count the attempt. Nobody else takes it
 * before the lease runs out; when its sender dies, it is due again then.
 * @param leaseMs how long the taker has it without renewing
 */
export async function claimDue(
  { sequelize, models }: NotifyDatabase,
  channel: Channel,
  leaseMs: number,
  now: Date,
): Promise<Notification | null> {
  return sequelize.transaction(async (transaction) => {
    const due = await models.notification.findOne({
      where: { channel, status: 'pending', nextAttemptAt: { [Op.lte]: now } },
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
 * Write down how an attempt ended, and when the next one is due.
 * @param startedAt when the attempt began
 * @returns whether the notification will be tried again
 */
export async function settleAttempt(
  db: NotifyDatabase,
  notification: Pick<Notification, 'id' | 'attempts'>,
  outcome: Outcome,
  now: Date,
  startedAt = now,
): Promise<boolean> {
  const again = outcome.kind === 'failed' ? pauseAfter(notification.attempts) : null;
  await db.sequelize.transaction((transaction) =>
    settleWithin(db, notification, { outcome, again, now, startedAt }, transaction),
  );
  return again !== null;
}

/**
 * The same within a transaction, with a pause of the caller's own (null: never again). What was sent is sent, whoever
 * has the lease by now; an attempt that went wrong says nothing about a later one that somebody else has begun.
 * @returns whether it changed the notification
 */
export async function settleWithin(
  db: NotifyDatabase,
  { id, attempts }: Pick<Notification, 'id' | 'attempts'>,
  attempt: { outcome: Outcome; again: number | null; now: Date; startedAt: Date },
  transaction: Transaction,
): Promise<boolean> {
  const { outcome, again, now, startedAt } = attempt;
  const lock = transaction.LOCK.KEY_SHARE;
  // Its person, or its webhook, may have gone meanwhile.
  if (!(await db.models.notification.findByPk(id, { attributes: ['id'], lock, transaction }))) return false;
  const { changes, where } = settlement(outcome, again, now);
  const [changed] = await db.models.notification.update(changes, {
    where: { id, ...(where && { attempts, ...where }) },
    transaction,
  });
  const tried = {
    notificationId: id,
    number: attempts,
    at: startedAt,
    outcome: outcome.kind,
    detail: detailOf(outcome),
    statusCode: outcome.statusCode ?? null,
    durationMs: now.getTime() - startedAt.getTime(),
  };
  await db.models.notificationTry.bulkCreate([tried], { ignoreDuplicates: true, transaction });
  return changed > 0;
}

function settlement(outcome: Outcome, pause: number | null, now: Date) {
  if (outcome.kind === 'sent') {
    const sent = { status: 'sent' as const, recipient: outcome.recipient, sentAt: now, lastError: null };
    return { changes: sent, where: null };
  }
  const lastError = written(outcome.reason);
  const failed = { status: 'failed' as const, lastError };
  const later = { nextAttemptAt: new Date(now.getTime() + (pause ?? 0)), lastError };
  return { changes: pause === null ? failed : later, where: { status: 'pending' as const } };
}

const written = (text: string) => storable(text.slice(0, 1024));

/** What the other side said, or else what went wrong. */
function detailOf(outcome: Outcome): string | null {
  const text = outcome.detail ?? (outcome.kind === 'sent' ? undefined : outcome.reason);
  return text === undefined ? null : written(text);
}
