import { randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import { origin } from '../../lib/accounts.ts';
import { keyPrefix } from '../../lib/api-key.ts';
import { sha256Schema, type Caller } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { newKey, type ApiKeyJson } from '../../lib/security.ts';
import { once } from '../../lib/once.ts';
import type { AuthDatabase } from './models.ts';
import { lockPerson } from './people.ts';
import type { ApiKeyRow } from './secret-models.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';

/**
 * Keys for programs. Whoever makes a key keeps its secret; here only the secret's SHA-256 is known, so nobody who reads
 * the database, the broker or the log can use a key.
 */

const MAX_KEYS = 50;
const DAY_MS = 24 * 3600 * 1000;

const owner = z.strictObject({ personId: z.uuid() });
export const keyListSchema = owner;
export const createKeySchema = owner.extend({
  ...newKey.shape,
  secretSha256: sha256Schema,
  origin: origin.optional(),
});
export const deleteKeySchema = owner.extend({ id: z.string(), origin: origin.optional() });
export const checkKeySchema = z.strictObject({ id: z.uuid(), secretSha256: sha256Schema });

/**
 * Make a key. Asked again with the same secret, it is the same key.
 * @throws ProblemError `invalid_state` when the person has as many keys as they may; `unauthorized` when they are gone
 */
export async function createKey(
  db: AuthDatabase,
  { personId, expiresDays, origin: from, ...wish }: z.output<typeof createKeySchema>,
  now: Date,
): Promise<ApiKeyJson> {
  return db.sequelize.transaction(async (transaction) => {
    // Whoever makes keys at once must see each other's.
    if (!(await lockPerson(db, personId, transaction))) throw new ProblemError('unauthorized');
    const { secretSha256, name } = wish;
    const known = await db.models.apiKey.findOne({ where: { personId, secretSha256 }, transaction });
    if (known) return show(known);
    if ((await db.models.apiKey.count({ where: { personId }, transaction })) >= MAX_KEYS) {
      const detail = `A person may have ${MAX_KEYS} API keys; delete one first`;
      throw new ProblemError('invalid_state', { detail });
    }
    const expiresAt = expiresDays === null ? null : new Date(now.getTime() + expiresDays * DAY_MS);
    const row = { ...wish, id: randomUUID(), personId, createdAt: now, expiresAt };
    const made = await db.models.apiKey.create(row, { transaction });
    const what = { personId, at: now, origin: from };
    const details = { name, scope: wish.scope };
    await recordSecurityEvent(db, { ...what, kind: 'api_key_created', details }, transaction);
    await sendSecurityNotice(db.sequelize, { ...what, kind: 'security.api_key_created', name }, transaction);
    return show(made);
  });
}

/** A person's keys, newest first; expired ones too, until they are deleted. */
export async function listKeys(
  { models }: AuthDatabase,
  { personId }: z.output<typeof keyListSchema>,
): Promise<{ items: ApiKeyJson[] }> {
  const order: [string, string][] = [
    ['createdAt', 'DESC'],
    ['id', 'DESC'],
  ];
  return { items: (await models.apiKey.findAll({ where: { personId }, order })).map(show) };
}

/**
 * A key stops to work: at once, and at gateways that have just seen it a few seconds later.
 * @param requestId a request that is delivered again changes nothing more
 * @throws ProblemError `not_found`, also for another person's
 */
export async function deleteKey(
  db: AuthDatabase,
  { personId, id, origin: from }: z.output<typeof deleteKeySchema>,
  now: Date,
  requestId: string = randomUUID(),
): Promise<void> {
  if (!z.uuid().safeParse(id).success) throw new ProblemError('not_found');
  await once(db.sequelize, requestId, now, async (transaction) => {
    // The person first, as everywhere: their account may be deleted in this moment.
    await lockPerson(db, personId, transaction);
    const row = await db.models.apiKey.findOne({ where: { id, personId }, transaction });
    if (!row) throw new ProblemError('not_found');
    await row.destroy({ transaction });
    const event = { personId, kind: 'api_key_deleted', at: now, origin: from } as const;
    await recordSecurityEvent(db, { ...event, details: { name: row.name } }, transaction);
  });
}

/**
 * Who calls with a key, and what they may do. The use is noted once a minute. A key has never more rights than an
 * ordinary person: what administrators do, they do themselves.
 * @throws ProblemError `unauthorized` when there is no such key, it has expired, or its person is shut out
 */
export async function checkKey(
  { sequelize }: AuthDatabase,
  { id, secretSha256 }: z.output<typeof checkKeySchema>,
  now: Date,
): Promise<Caller> {
  const [key] = await sequelize.query<Pick<ApiKeyRow, 'personId' | 'scope'> & { stale: boolean }>(
    `SELECT k.person_id AS "personId", k.scope, coalesce(k.last_used_at < :minuteAgo, true) AS stale
      FROM api_keys k JOIN people p ON p.id = k.person_id
      WHERE k.id = :id AND k.secret_sha256 = :secretSha256 AND coalesce(k.expires_at > :now, true)
        AND p.disabled_at IS NULL`,
    { replacements: { id, secretSha256, now, minuteAgo: minuteBefore(now) }, type: QueryTypes.SELECT },
  );
  if (!key) throw new ProblemError('unauthorized', { detail: 'This API key does not work (any more)' });
  if (key.stale) await noteUse({ sequelize }, id, now);
  return { personId: key.personId, role: 'user', sessionId: null, scope: key.scope };
}

async function noteUse({ sequelize }: Pick<AuthDatabase, 'sequelize'>, id: string, now: Date): Promise<void> {
  await sequelize.query(
    `UPDATE api_keys SET last_used_at = :now
      WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :minuteAgo)`,
    { replacements: { id, now, minuteAgo: minuteBefore(now) } },
  );
}

const minuteBefore = (now: Date) => new Date(now.getTime() - 60_000);

const show = (row: ApiKeyRow): ApiKeyJson => ({
  id: row.id,
  name: row.name,
  scope: row.scope,
  prefix: keyPrefix(row.id),
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  // A row that was just made has no value where the database has null.
  lastUsedAt: row.lastUsedAt instanceof Date ? row.lastUsedAt.toISOString() : null,
});
