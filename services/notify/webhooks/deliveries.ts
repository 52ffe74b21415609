import { randomUUID } from 'node:crypto';
import { Op } from 'sequelize';
import { z } from 'zod';
import { ProblemError } from '../../../lib/errors.ts';
import { once } from '../../../lib/once.ts';
import { carrier } from '../../../lib/tracing/trace.ts';
import type { NotifyDatabase } from '../models.ts';
import { findOwn, ownWebhook, type OwnWebhook } from './endpoints.ts';

export const ownDelivery = ownWebhook.extend({ deliveryId: z.string() });

const MINUTE_MS = 60_000;
const MAX_TESTS_A_MINUTE = 10;
/** How long the log of deliveries is kept. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Have an endpoint told of a test, once: it is not tried again.
 * @param requestId a UUID, which becomes the event's id
 * @throws ProblemError `not_found`; `invalid_state` when it is switched off; `too_many_requests` after ten in a minute
 */
export async function testWebhook(
  db: NotifyDatabase,
  own: OwnWebhook,
  now: Date,
  requestId: string,
): Promise<{ deliveryId: string }> {
  return db.sequelize.transaction(async (transaction) => {
    const { id: endpointId, personId, enabled } = await findOwn(db, own, transaction);
    const event = { eventId: requestId, channel: 'webhook' as const, endpointId };
    const known = await db.models.notification.findOne({ where: event, transaction });
    if (known) return { deliveryId: known.id };
    if (!enabled) throw switchedOff();
    await insistOnPatience(db, endpointId, now, transaction);
    const fresh = { id: randomUUID(), createdAt: now, nextAttemptAt: now, recipient: null, trace: carrier() };
    const row = { ...fresh, ...event, personId, kind: 'webhook.test' as const, payload: {} };
    const { id } = await db.models.notification.create(row, { transaction });
    return { deliveryId: id };
  });
}

async function insistOnPatience(
  { models }: NotifyDatabase,
  endpointId: string,
  now: Date,
  transaction: Parameters<typeof findOwn>[2],
): Promise<void> {
  const createdAt = { [Op.gt]: new Date(now.getTime() - MINUTE_MS) };
  const where = { endpointId, kind: 'webhook.test', createdAt };
  if ((await models.notification.count({ where, transaction })) >= MAX_TESTS_A_MINUTE)
    throw new ProblemError('too_many_requests', { retryAfterSeconds: 60 });
}

/**
 * Have a delivery that has ended, well or not, made again: with the same `webhook-id`, and all attempts anew.
 * @throws ProblemError `not_found`; `invalid_state` while it is pending, or its webhook switched off
 */
export async function replayDelivery(
  db: NotifyDatabase,
  { deliveryId, ...own }: z.output<typeof ownDelivery>,
  now: Date,
  requestId: string,
): Promise<{ deliveryId: string }> {
  await once(db.sequelize, requestId, now, async (transaction) => {
    const webhook = await findOwn(db, own, transaction);
    const where = { id: deliveryId, endpointId: webhook.id };
    const found = z.uuid().safeParse(deliveryId).success
      ? await db.models.notification.findOne({ where, transaction })
      : null;
    if (!found) throw new ProblemError('not_found');
    if (found.status === 'pending') {
      throw new ProblemError('invalid_state', { detail: 'The delivery has not ended yet' });
    }
    if (!webhook.enabled) throw switchedOff();
    await db.sequelize.query(
      `UPDATE notifications SET status = 'pending', attempts_before = attempts, next_attempt_at = :now, sent_at = NULL,
         trace = :trace
       WHERE id = :deliveryId`,
      { replacements: { deliveryId, now, trace: JSON.stringify(carrier()) }, transaction },
    );
  });
  return { deliveryId };
}

/** Deliveries that have ended a month ago are forgotten, with all attempts. */
export async function forgetDeliveries({ models }: NotifyDatabase, now: Date): Promise<void> {
  const createdAt = { [Op.lt]: new Date(now.getTime() - KEPT_MS) };
  await models.notification.destroy({
    where: { channel: 'webhook', status: { [Op.ne]: 'pending' }, createdAt },
  });
}

const switchedOff = () => new ProblemError('invalid_state', { detail: 'The webhook is switched off' });
