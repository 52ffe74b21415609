import { createHash, createHmac, hkdfSync, randomUUID } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import type { SigningKey } from '../../lib/access-token.ts';
import { promiseCall } from '../../lib/durable-calls.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { AuthDatabase, LetterTokenRow, PersonRow } from './models.ts';

const HOUR_MS = 3600 * 1000;

/** How long a letter's link works. */
const LIFE_MS = { verify: 48 * HOUR_MS, reset: HOUR_MS } as const;
/** How long an expired one is told from one that never was. */
const REMEMBERED_MS = 7 * 24 * HOUR_MS;

type Purpose = keyof typeof LIFE_MS;

/** The secret behind all letters, for as long as the signing key stays. */
export function letterSecretOf({ privateKey }: Pick<SigningKey, 'privateKey'>): Buffer {
  const material = privateKey.export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(hkdfSync('sha256', material, '', 'video-system letters', 32));
}

/**
 * Have a letter with a single-use token sent. The letter's sender asks for the token at the last moment; nothing that
 * is stored or put on a queue lets anybody use it.
 * @param transaction of the change that the letter belongs to
 */
export async function sendLetter(
  { sequelize, models }: AuthDatabase,
  secret: Buffer,
  { id: personId, email }: Pick<PersonRow, 'id' | 'email'>,
  purpose: Purpose,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const id = randomUUID();
  const tokenHash = hash(tokenOf(secret, purpose, id));
  const expiresAt = new Date(now.getTime() + LIFE_MS[purpose]);
  const row = { id, personId, purpose, email, tokenHash, createdAt: now, expiresAt };
  await models.letterToken.create(row, { transaction });
  const params = { eventId: randomUUID(), personId, kind: `account.${purpose}`, data: { tokenId: id } };
  await promiseCall(sequelize, { action: 'notify.tell', params }, now, transaction);
}

/**
 * The token of a letter that is about to be sent.
 * @param secrets of the signing key, and of others that may have been it when the letter was written
 * @throws ProblemError `not_found` when it was used or replaced, or its key is no longer there; `expired`
 */
export async function letterToken(
  { models }: AuthDatabase,
  secrets: Buffer[],
  tokenId: string,
  now: Date,
): Promise<{ token: string; expiresAt: string }> {
  const row = await models.letterToken.findByPk(tokenId);
  if (!row) throw new ProblemError('not_found');
  const token = secrets
    .map((secret) => tokenOf(secret, row.purpose, row.id))
    .find((it) => hash(it) === row.tokenHash);
  if (token === undefined) throw new ProblemError('not_found');
  if (row.expiresAt <= now) throw new ProblemError('expired');
  return { token, expiresAt: row.expiresAt.toISOString() };
}

/**
 * Whose token this is.
 * @throws ProblemError `not_found` when it is unknown or was used; `expired`
 */
export async function readLetterToken(
  { models }: AuthDatabase,
  token: string,
  purpose: Purpose,
  now: Date,
): Promise<{ row: LetterTokenRow; person: PersonRow }> {
  const row = await models.letterToken.findOne({ where: { tokenHash: hash(token), purpose } });
  const person = row && (await models.person.findByPk(row.personId));
  if (!row || !person) throw new ProblemError('not_found');
  if (row.expiresAt <= now) throw new ProblemError('expired');
  return { row, person };
}

/**
 * Use a token up, and with it every other one of its person and purpose.
 * @param transaction of the change that it allows; it has locked the person
 * @throws ProblemError `not_found` when somebody else was faster
 */
export async function useLetterToken(
  { models }: AuthDatabase,
  { id, personId, purpose }: LetterTokenRow,
  transaction: Transaction,
): Promise<void> {
  const used = await models.letterToken.destroy({ where: { id }, transaction });
  if (used === 0) throw new ProblemError('not_found');
  await models.letterToken.destroy({ where: { personId, purpose }, transaction });
}

/** Remove tokens that expired long ago. */
export async function forgetLetterTokens({ models }: AuthDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REMEMBERED_MS);
  await models.letterToken.destroy({ where: { expiresAt: { [Op.lt]: before } } });
}

function tokenOf(secret: Buffer, purpose: Purpose, id: string): string {
  return createHmac('sha256', secret).update(`${purpose}:${id}`).digest('base64url');
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
