import { randomUUID } from 'node:crypto';
import { col, fn, UniqueConstraintError, where, type Transaction } from 'sequelize';
import type { Person } from '../../lib/contracts.ts';
import { parse, problemCode, ProblemError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { registration, type Registration } from '../../lib/accounts.ts';
import { once } from '../../lib/once.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { insistOnGoodPassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { recordSecurityEvent } from './security-events.ts';

/**
 * Make an account.
 * @param requestId of the request that asks for it: delivered again, it finds its account made
 * @param beside what else is to happen in the transaction that makes it
 * @throws ProblemError `email_taken` when the address has one already, in whatever case it was written;
 * `validation_failed` when the password is easily guessed; `not_found` when the account was removed before this delivery
 */
export async function register(
  db: AuthDatabase,
  { password, ...known }: Registration,
  role: Person['role'] = 'user',
  now = new Date(),
  requestId: string = randomUUID(),
  beside: (person: PersonRow, transaction: Transaction) => Promise<void> = () => Promise.resolve(),
): Promise<Person> {
  await insistOnGoodPassword(password, known);
  const passwordHash = await hashPassword(password);
  const account = { ...known, id: randomUUID(), passwordHash, role, createdAt: now };
  try {
    await once(db.sequelize, requestId, now, async (transaction) => {
      await beside(await db.models.person.create(account, { transaction }), transaction);
    });
    const row = await findByEmail(db, known.email);
    if (!row) throw new ProblemError('not_found');
    return toPerson(row);
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw new ProblemError('email_taken');
    throw error;
  }
}

/**
 * The account of an e-mail address, which is the same in upper and lower case. Addresses are ASCII, and only such letters
 * are lowered here: of others, JavaScript makes some of ours (K, the sign of kelvins, becomes k), and nobody's address would
 * be somebody's. Inside `fn(…)`, Sequelize would double each dollar sign of the address.
 */
export function findByEmail(db: AuthDatabase, email: string): Promise<PersonRow | null> {
  const lowered = email.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return db.models.person.findOne({ where: where(fn('lower', col('email')), lowered) });
}

/**
 * Read a person while nobody else changes their sessions, tokens or password.
 * @returns null when there is no such person (any more)
 */
export function lockPerson(
  { models }: AuthDatabase,
  personId: string,
  transaction: Transaction,
): Promise<PersonRow | null> {
  return models.person.findByPk(personId, { lock: transaction.LOCK.NO_KEY_UPDATE, transaction });
}

/**
 * @param personId a UUID
 * @throws ProblemError `not_found`
 */
export async function getPerson(db: AuthDatabase, personId: string): Promise<Person> {
  const row = await db.models.person.findByPk(personId);
  if (!row) throw new ProblemError('not_found');
  return toPerson(row);
}

/**
 * Make the configured administrator's account where there is none. An account that exists is left as it is: whoever
 * registered the address first may be somebody else.
 * @throws ProblemError `validation_failed` when the address or the password would be refused at registration
 */
export async function ensureAdmin(
  db: AuthDatabase,
  admin: { email: string; password: string },
  logger: Logger,
): Promise<void> {
  const wanted = parse(registration, admin);
  const existing = await findByEmail(db, wanted.email);
  if (existing?.role === 'user') {
    logger.warn(`${wanted.email} has an ordinary account already and was not made an administrator`);
  }
  if (existing) return;
  const now = new Date();
  // The operator's own word is enough for the address.
  const verified = async (person: PersonRow, transaction: Transaction) => {
    await person.update({ emailVerifiedAt: now }, { transaction });
    await recordSecurityEvent(db, { personId: person.id, kind: 'registered', at: now }, transaction);
  };
  await register(db, wanted, 'admin', now, randomUUID(), verified).then(
    () => logger.info(`Administrator ${wanted.email} created`),
    (error: unknown) => {
      // Another replica that started at the same time was faster.
      if (problemCode(error) !== 'email_taken') throw error;
    },
  );
}

/** A person as the other services, and they themselves, see them. */
export function toPerson(row: PersonRow): Person {
  const { id, email, name, locale, role, createdAt } = row;
  // A row that was just made has no value where the database has null.
  const emailVerified = row.emailVerifiedAt instanceof Date;
  const secondFactor = row.secondFactor === true;
  return { id, email, name, locale, role, emailVerified, secondFactor, createdAt: createdAt.toISOString() };
}
