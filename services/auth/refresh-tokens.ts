import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import { ProblemError } from '../../lib/errors.ts';
import { isFirstDelivery } from '../../lib/once.ts';
import type { AuthDatabase, PersonRow, RefreshTokenRow } from './models.ts';

const DAY_MS = 24 * 3600 * 1000;
const TOKEN_BYTES = 32;

/**
 * Issue the first token of a new family, that is, of one login.
 * @param days how long the token is valid
 * @returns the token; only its hash is stored
 */
export function startFamily(
  db: AuthDatabase,
  personId: string,
  days: number,
  now = new Date(),
): Promise<string> {
  return issue(db, { personId, familyId: randomUUID() }, days, now);
}

/**
 * Take a token back and issue its successor. A token that comes a second time was stolen, from the person or from the
 * thief, and ends its whole family (RFC 9700, section 4.14.2).
 * @param days how long the successor is valid
 * @param requestId of the request that brings the token: delivered again, it gets a successor once more, because the
 * answer with the first one was lost
 * @throws ProblemError `invalid_token` when the token is unknown, expired, revoked or used before
 */
export async function rotate(
  db: AuthDatabase,
  token: string,
  days: number,
  now = new Date(),
  requestId: string = randomUUID(),
): Promise<{ person: PersonRow; refreshToken: string }> {
  const rotated = await db.sequelize.transaction(async (transaction) => {
    const { row, person } = (await lock(db, token, transaction)) ?? {};
    if (!row || !person) return null;
    const isFirst = await isFirstDelivery(db.sequelize, requestId, now, transaction);
    if (row.usedAt && isFirst) {
      await revoke(db, row.familyId, now, transaction);
      return null;
    }
    if (row.revokedAt || row.expiresAt <= now) return null;
    if (isFirst) await row.update({ usedAt: now }, { transaction });
    return { person, refreshToken: await issue(db, row, days, now, transaction) };
  });
  // Thrown out here: inside, it would roll the revocation back.
  if (!rotated) throw new ProblemError('invalid_token');
  return rotated;
}

/** End the family of a token. One that is unknown, or whose family has ended, changes nothing. */
export async function revokeFamily(db: AuthDatabase, token: string, now = new Date()): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    const found = await lock(db, token, transaction);
    if (found) await revoke(db, found.row.familyId, now, transaction);
  });
}

/** Remove the tokens that have expired. */
export async function removeExpired(db: AuthDatabase, now = new Date()): Promise<void> {
  await db.models.refreshToken.destroy({ where: { expiresAt: { [Op.lt]: now } } });
}

async function issue(
  { models }: AuthDatabase,
  { personId, familyId }: Pick<RefreshTokenRow, 'personId' | 'familyId'>,
  days: number,
  now: Date,
  transaction: Transaction | null = null,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const expiresAt = new Date(now.getTime() + days * DAY_MS);
  await models.refreshToken.create(
    { id: randomUUID(), personId, familyId, tokenHash: hash(token), createdAt: now, expiresAt },
    { transaction },
  );
  return token;
}

/**
 * Read a token while nobody else changes a token of its person. Locking its own row would not do: the successor that
 * is being issued next to a revocation of the family would escape it.
 */
async function lock({ models }: AuthDatabase, token: string, transaction: Transaction) {
  const where = { tokenHash: hash(token) };
  const owner = await models.refreshToken.findOne({ where, attributes: ['personId'], transaction });
  if (!owner) return null;
  const person = await models.person.findByPk(owner.personId, {
    lock: transaction.LOCK.NO_KEY_UPDATE,
    transaction,
  });
  const row = await models.refreshToken.findOne({ where, transaction });
  return row && person ? { row, person } : null;
}

/** Expired tokens are left alone: they are being removed, perhaps in this moment and in another order. */
async function revoke(
  { models }: AuthDatabase,
  familyId: string,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await models.refreshToken.update(
    { revokedAt: now },
    { where: { familyId, revokedAt: null, expiresAt: { [Op.gt]: now } }, transaction },
  );
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
