import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { isFirstDelivery } from '../../lib/once.ts';
import { digest } from '../../lib/digest.ts';
import type { AuthDatabase, PersonRow, RefreshTokenRow } from './models.ts';
import { lockPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';
import { endSessions } from './session-endings.ts';

const DAY_MS = 24 * 3600 * 1000;
const TOKEN_BYTES = 32;

/** How long what a login gives is valid. */
export interface TokenLives {
  accessTokenSeconds: number;
  /** Without being used. */
  refreshTokenDays: number;
  /** From the login on, however much it is used: then the password is asked for again. */
  sessionDays: number;
}

/**
 * Begin a session with the first token of its family.
 * @param id the session's; one that has begun already (its request came twice) gets one token more
 * @param transaction has locked the person
 * @returns the token, of which only the hash is stored; and whether the session is new
 */
export async function startFamily(
  db: AuthDatabase,
  { personId, id, origin = {} }: { personId: string; id: string; origin?: Origin | undefined },
  lives: TokenLives,
  now: Date,
  transaction: Transaction,
): Promise<{ refreshToken: string; isNew: boolean }> {
  const known = await db.models.session.findByPk(id, { transaction });
  const expiresAt = endOf(known?.createdAt ?? now, lives, now);
  if (!known) {
    const session = { id, personId, createdAt: now, expiresAt, ...use(origin, lives, now) };
    await db.models.session.create(session, { transaction });
  }
  const refreshToken = await issue(db, { personId, familyId: id, expiresAt }, now, transaction);
  return { refreshToken, isNew: !known };
}

/**
 * Take a token back and issue its successor. A token that comes a second time was stolen, from the person or from the
 * thief, and ends its whole session (RFC 9700, section 4.14.2).
 * @param requestId of the request that brings the token: delivered again, it gets a successor once more, because the
 * answer with the first one was lost
 * @throws ProblemError `invalid_token` when the token is unknown, expired or used before, or its session has ended or is
 * too old
 */
export async function rotate(
  db: AuthDatabase,
  token: string,
  lives: TokenLives,
  origin: Origin = {},
  now = new Date(),
  requestId: string = randomUUID(),
): Promise<{ person: PersonRow; sessionId: string; refreshToken: string }> {
  const rotated = await db.sequelize.transaction(async (transaction) => {
    const { row, person } = (await lock(db, token, transaction)) ?? {};
    if (!row || !person) return null;
    const isFirst = await isFirstDelivery(db.sequelize, requestId, now, transaction);
    if (row.usedAt && isFirst) {
      await endStolen(db, row, origin, now, transaction);
      return null;
    }
    const { personId, familyId } = row;
    const session = await db.models.session.findByPk(familyId, { transaction });
    const expiresAt = endOf((session ?? row).createdAt, lives, now);
    if (row.revokedAt || row.expiresAt <= now || expiresAt <= now) return null;
    if (isFirst) await row.update({ usedAt: now }, { transaction });
    await touch(db, row, { expiresAt, ...use(origin, lives, now) }, transaction);
    const refreshToken = await issue(db, { personId, familyId, expiresAt }, now, transaction);
    return { person, sessionId: row.familyId, refreshToken };
  });
  // Thrown out here: inside, it would roll the session's end back.
  if (!rotated) throw new ProblemError('invalid_token');
  return rotated;
}

/**
 * The id of a request that its client may repeat, because the answer with the successor can get lost on the way (a page
 * that is reloaded meanwhile). Whoever stole the token alone does not know the key, which is used for this token only.
 */
export const repeatableId = (token: string, idempotencyKey: string): string =>
  digest('refresh', token, idempotencyKey);

/** Log out: end the session of a token. One that is unknown, or whose session has ended, changes nothing. */
export async function revokeFamily(
  db: AuthDatabase,
  token: string,
  origin: Origin = {},
  now = new Date(),
): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    const found = await lock(db, token, transaction);
    if (!found) return;
    const { personId, familyId } = found.row;
    const ended = await endSessions(db, personId, { only: familyId }, now, transaction);
    if (ended === 0) return;
    await recordSecurityEvent(db, { personId, kind: 'logged_out', at: now, origin }, transaction);
  });
}

/** Remove the tokens and sessions that have expired. */
export async function removeExpired({ models }: AuthDatabase, now = new Date()): Promise<void> {
  const where = { expiresAt: { [Op.lt]: now } };
  await models.refreshToken.destroy({ where });
  await models.session.destroy({ where });
}

const after = (date: Date, days: number) => date.getTime() + days * DAY_MS;

/** When what is used now ends, if it is not used again. */
function endOf(began: Date, { refreshTokenDays, sessionDays }: TokenLives, now: Date): Date {
  return new Date(Math.min(after(now, refreshTokenDays), after(began, sessionDays)));
}

function use({ address, userAgent }: Origin, lives: TokenLives, now: Date) {
  return {
    lastUsedAt: now,
    accessUntil: new Date(now.getTime() + lives.accessTokenSeconds * 1000),
    address: address ?? null,
    userAgent: userAgent ?? null,
  };
}

/** While the version before still runs beside this one, it makes families that have no session yet. */
async function touch(
  { models }: AuthDatabase,
  { familyId, personId, createdAt }: RefreshTokenRow,
  used: ReturnType<typeof use> & { expiresAt: Date },
  transaction: Transaction,
): Promise<void> {
  const [touched] = await models.session.update(used, { where: { id: familyId }, transaction });
  if (touched > 0) return;
  await models.session.create({ id: familyId, personId, createdAt, ...used }, { transaction });
}

async function endStolen(
  db: AuthDatabase,
  { personId, familyId }: RefreshTokenRow,
  origin: Origin,
  at: Date,
  transaction: Transaction,
): Promise<void> {
  const ended = await endSessions(db, personId, { only: familyId }, at, transaction);
  if (ended === 0) return;
  await recordSecurityEvent(db, { personId, kind: 'refresh_token_reused', at, origin }, transaction);
  await sendSecurityNotice(
    db.sequelize,
    { personId, kind: 'security.sessions_ended', at, origin },
    transaction,
  );
}

async function issue(
  { models }: AuthDatabase,
  token: Pick<RefreshTokenRow, 'personId' | 'familyId' | 'expiresAt'>,
  now: Date,
  transaction: Transaction,
): Promise<string> {
  const secret = randomBytes(TOKEN_BYTES).toString('base64url');
  await models.refreshToken.create(
    { ...token, id: randomUUID(), tokenHash: hash(secret), createdAt: now },
    { transaction },
  );
  return secret;
}

/**
 * Read a token while nobody else changes a token of its person. Locking its own row would not do: the successor that
 * is being issued next to the end of the session would escape it.
 */
async function lock(db: AuthDatabase, token: string, transaction: Transaction) {
  const where = { tokenHash: hash(token) };
  const owner = await db.models.refreshToken.findOne({ where, attributes: ['personId'], transaction });
  if (!owner) return null;
  const person = await lockPerson(db, owner.personId, transaction);
  const row = await db.models.refreshToken.findOne({ where, transaction });
  return row && person ? { row, person } : null;
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
