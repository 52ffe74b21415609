import { QueryTypes, type Transaction } from 'sequelize';
import { z } from 'zod';
import { ProblemError } from '../../../lib/errors.ts';
import { isFirstDelivery, once } from '../../../lib/once.ts';
import { webhookChanges, webhookFields, type WebhookJson } from '../../../lib/webhooks.ts';
import type { NotifyDatabase } from '../models.ts';
import type { Guard } from './guard.ts';
import type { Webhook } from './models.ts';
import { newSecret, showSecret, type Safe } from './secrets.ts';
import { endPending, lockWebhook } from './settle.ts';

/**
 * A person's own webhooks: another person's id answers `not_found`, like an id that doesn't exist. What changes
 * something takes the id of the request that asks for it: delivered again, it changes nothing more.
 */

const MAX_WEBHOOKS = 10;
const PREVIOUS_SECRET_MS = 24 * 3_600_000;

export const personSchema = z.strictObject({ personId: z.uuid() });
export const ownWebhook = personSchema.extend({ id: z.string() });
export const createSchema = personSchema.extend(webhookFields.shape);
export const changeSchema = ownWebhook.extend(webhookChanges.shape);
export type OwnWebhook = z.output<typeof ownWebhook>;

/** What these need: the guard judges URLs, the safe keeps secrets. */
export interface Webhooks {
  db: NotifyDatabase;
  guard: Guard;
  safe: Safe;
}

/**
 * Make a webhook.
 * @param requestId a UUID, which becomes the webhook's id
 * @returns the webhook with its secret, which nobody gets to see again
 * @throws ProblemError `forbidden_target`, `validation_failed` for a URL that is not admitted; `too_many_webhooks`
 */
export async function createWebhook(
  { db, guard, safe }: Webhooks,
  { personId, url, kinds }: z.output<typeof createSchema>,
  now: Date,
  requestId: string,
): Promise<WebhookJson & { secret: string }> {
  await guard.admit(url);
  return db.sequelize.transaction(async (transaction) => {
    await lockPerson(db, personId, transaction);
    const known = await db.models.webhook.findOne({ where: { id: requestId, personId }, transaction });
    if (known) return showWithSecret(safe, known);
    if ((await db.models.webhook.count({ where: { personId }, transaction })) >= MAX_WEBHOOKS) {
      throw new ProblemError('too_many_webhooks', {
        detail: `There may be ${MAX_WEBHOOKS}; remove one first`,
      });
    }
    const secret = safe.seal(newSecret(), requestId);
    const row = { id: requestId, personId, url, kinds, secret, freeAt: now, createdAt: now };
    return showWithSecret(safe, await db.models.webhook.create(row, { transaction }));
  });
}

/** A person's webhooks, oldest first. */
export async function listWebhooks(
  { models }: NotifyDatabase,
  { personId }: { personId: string },
): Promise<{ items: WebhookJson[] }> {
  const webhooks = await models.webhook.findAll({ where: { personId }, order: ['createdAt', 'id'] });
  return { items: webhooks.map(show) };
}

/**
 * Change where a webhook goes, what it is told of, or whether it is.
 * @throws ProblemError `not_found`, and for the URL as when it is made
 */
export async function changeWebhook(
  { db, guard }: Pick<Webhooks, 'db' | 'guard'>,
  { personId, id, ...changes }: z.output<typeof changeSchema>,
  now: Date,
  requestId: string,
): Promise<WebhookJson> {
  if (changes.url !== undefined) await guard.admit(changes.url);
  return db.sequelize.transaction(async (transaction) => {
    const webhook = await findOwn(db, { personId, id }, transaction);
    if (!(await isFirstDelivery(db.sequelize, requestId, now, transaction))) return show(webhook);
    const { url = webhook.url, kinds = webhook.kinds, enabled = webhook.enabled } = changes;
    // Another address, or another try with the old one: what was, says nothing any more.
    const fresh = url !== webhook.url || (enabled && !webhook.enabled);
    const health = fresh ? { failures: 0, failingSince: null, freeAt: now } : {};
    const disabledReason = enabled ? null : webhook.disabledReason;
    await webhook.update({ url, kinds, enabled, disabledReason, ...health }, { transaction });
    if (!enabled) await endPending(db, webhook.id, transaction);
    return show(webhook);
  });
}

/**
 * Remove a webhook and everything that was to be delivered, or was, to it.
 * @throws ProblemError `not_found`
 */
export async function removeWebhook(
  db: NotifyDatabase,
  own: OwnWebhook,
  now: Date,
  requestId: string,
): Promise<void> {
  await once(db.sequelize, requestId, now, async (transaction) => {
    await (await findOwn(db, own, transaction)).destroy({ transaction });
  });
}

/**
 * Give a webhook another secret. For a day the one before signs, too; the one before that does not any more.
 * @returns the new one
 * @throws ProblemError `not_found`
 */
export async function rotateSecret(
  { db, safe }: Pick<Webhooks, 'db' | 'safe'>,
  own: OwnWebhook,
  now: Date,
  requestId: string,
): Promise<{ secret: string }> {
  return db.sequelize.transaction(async (transaction) => {
    const webhook = await findOwn(db, own, transaction);
    if (await isFirstDelivery(db.sequelize, requestId, now, transaction)) {
      const previousSecretUntil = new Date(now.getTime() + PREVIOUS_SECRET_MS);
      const secret = safe.seal(newSecret(), webhook.id);
      await webhook.update({ secret, previousSecret: webhook.secret, previousSecretUntil }, { transaction });
    }
    return { secret: showSecret(safe.open(webhook.secret, webhook.id)) };
  });
}

/**
 * A person's webhook, locked until the transaction ends.
 * @throws ProblemError `not_found`
 */
export async function findOwn(
  db: NotifyDatabase,
  { personId, id }: OwnWebhook,
  transaction: Transaction,
): Promise<Webhook> {
  const webhook = z.uuid().safeParse(id).success ? await lockWebhook(db, id, transaction) : null;
  if (webhook?.personId !== personId) throw new ProblemError('not_found');
  return webhook;
}

/** Of several webhooks that one person makes at once, each must see the others. */
async function lockPerson({ sequelize }: NotifyDatabase, personId: string, transaction: Transaction) {
  await sequelize.query('SELECT pg_advisory_xact_lock(hashtextextended(:personId, 0))', {
    replacements: { personId },
    type: QueryTypes.SELECT,
    transaction,
  });
}

const showWithSecret = (safe: Safe, webhook: Webhook) => ({
  ...show(webhook),
  secret: showSecret(safe.open(webhook.secret, webhook.id)),
});

const show = (webhook: Webhook): WebhookJson => ({
  id: webhook.id,
  url: webhook.url,
  kinds: webhook.kinds,
  enabled: webhook.enabled,
  disabledReason: webhook.disabledReason,
  createdAt: webhook.createdAt.toISOString(),
  lastDeliveryAt: webhook.lastDeliveryAt?.toISOString() ?? null,
  failingSince: webhook.failingSince?.toISOString() ?? null,
});
