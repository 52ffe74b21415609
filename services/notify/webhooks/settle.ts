import { randomUUID } from 'node:crypto';
import { Transaction } from 'sequelize';
import type { NotifyDatabase } from '../models.ts';
import { recordNotice, settleWithin, type Outcome } from '../notifications.ts';
import type { Claimed } from './claim.ts';
import type { Webhook } from './models.ts';
import { deliveryPause, isHopeless, restAfter } from './schedule.ts';

/** Only keys are what a new delivery's reference to a webhook waits for. */
const { NO_KEY_UPDATE } = Transaction.LOCK;

/** How an attempt ended, and how long the endpoint asks to be left alone. */
export interface DeliveryResult {
  outcome: Outcome;
  retryAfterMs: number | null;
}

/**
 * Write down how an attempt at a delivery ended and what that says of its endpoint: in one transaction, with the notice
 * to its person when the endpoint is switched off. Deliveries of an endpoint that was removed meanwhile are gone.
 * @returns why the endpoint was switched off, if it was
 */
export async function settleDelivery(
  db: NotifyDatabase,
  delivery: Claimed,
  { outcome, retryAfterMs }: DeliveryResult,
  now: Date,
  startedAt: Date,
): Promise<{ disabled: Webhook['disabledReason'] }> {
  return db.sequelize.transaction(async (transaction) => {
    const webhook = await lockWebhook(db, delivery.endpointId, transaction);
    if (!webhook) return { disabled: null };
    const again = pauseFor(delivery, outcome, retryAfterMs);
    const counts = await settleWithin(db, delivery, { outcome, again, now, startedAt }, transaction);
    if (!counts) return { disabled: null };
    await webhook.update(healthAfter(webhook, { outcome, retryAfterMs }, now, startedAt), { transaction });
    const disabled = webhook.enabled ? reasonToDisable(webhook, outcome, now) : null;
    if (disabled) await disable(db, webhook, disabled, now, transaction);
    return { disabled };
  });
}

/** A webhook's row, locked against every other change; null when it is gone. */
export function lockWebhook(
  { models }: NotifyDatabase,
  id: string,
  transaction: Transaction,
): Promise<Webhook | null> {
  return models.webhook.findByPk(id, { lock: NO_KEY_UPDATE, transaction });
}

/** Nobody waits for deliveries to an endpoint that is switched off; each can be replayed. */
export async function endPending(
  { models }: NotifyDatabase,
  endpointId: string,
  transaction: Transaction,
): Promise<void> {
  await models.notification.update(
    { status: 'failed', lastError: 'The webhook was switched off' },
    { where: { endpointId, status: 'pending' }, transaction },
  );
}

/** A test is made while its person waits for the answer: later ones would only surprise. */
function pauseFor(delivery: Claimed, outcome: Outcome, retryAfterMs: number | null): number | null {
  if (outcome.kind !== 'failed' || delivery.kind === 'webhook.test') return null;
  return deliveryPause(delivery.attempts - delivery.attemptsBefore, retryAfterMs);
}

function healthAfter(
  webhook: Webhook,
  { outcome, retryAfterMs }: DeliveryResult,
  now: Date,
  startedAt: Date,
) {
  if (outcome.kind === 'sent') return { failures: 0, failingSince: null, lastDeliveryAt: now, freeAt: now };
  const failures = webhook.failures + 1;
  const freeAt = new Date(now.getTime() + restAfter(failures, retryAfterMs));
  return { failures, failingSince: webhook.failingSince ?? startedAt, freeAt };
}

function reasonToDisable({ failures, failingSince }: Webhook, { statusCode }: Outcome, now: Date) {
  if (statusCode === 410) return 'gone';
  return failingSince && isHopeless(failures, failingSince, now) ? 'failing' : null;
}

async function disable(
  db: NotifyDatabase,
  webhook: Webhook,
  disabledReason: 'gone' | 'failing',
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await webhook.update({ enabled: false, disabledReason }, { transaction });
  await endPending(db, webhook.id, transaction);
  const kind = 'security.webhook_disabled' as const;
  // A query may hold a password of the receiver's; a letter needs none.
  const { origin, pathname } = new URL(webhook.url);
  const data = { at: now.toISOString(), name: `${origin}${pathname}`.slice(0, 200) };
  const notice = { eventId: randomUUID(), personId: webhook.personId, kind, data };
  await recordNotice(db, notice, now, transaction);
}
