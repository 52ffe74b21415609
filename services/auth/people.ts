import { randomUUID } from 'node:crypto';
import { col, fn, UniqueConstraintError, where } from 'sequelize';
import type { Person } from '../../lib/contracts.ts';
import { parse, problemCode, ProblemError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { registration, type Registration } from '../../lib/accounts.ts';
import { once } from '../../lib/once.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { hashPassword } from './passwords.ts';

/**
 * Make an account.
 * @param requestId of the request that asks for it: delivered again, it finds its account made
 * @throws ProblemError `email_taken` when the address has one already, in whatever case it was written; `not_found`
 * when the account was removed before this delivery
 */
export async function register(
  db: AuthDatabase,
  { password, ...known }: Registration,
  role: Person['role'] = 'user',
  now = new Date(),
  requestId: string = randomUUID(),
): Promise<Person> {
  const passwordHash = await hashPassword(password);
  const account = { ...known, id: randomUUID(), passwordHash, role, createdAt: now };
  try {
    await once(db.sequelize, requestId, now, async (transaction) => {
      await db.models.person.create(account, { transaction });
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
 * The account of an e-mail address, which is the same in upper and lower case. Addresses are ASCII, so JavaScript and
 * PostgreSQL lower them alike; inside `fn(…)`, Sequelize would double each dollar sign of the address.
 */
export function findByEmail(db: AuthDatabase, email: string): Promise<PersonRow | null> {
  return db.models.person.findOne({ where: where(fn('lower', col('email')), email.toLowerCase()) });
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
  await register(db, wanted, 'admin').then(
    () => logger.info(`Administrator ${wanted.email} created`),
    (error: unknown) => {
      // Another replica that started at the same time was faster.
      if (problemCode(error) !== 'email_taken') throw error;
    },
  );
}

function toPerson({ id, email, name, locale, role, createdAt }: PersonRow): Person {
  return { id, email, name, locale, role, createdAt: createdAt.toISOString() };
}
