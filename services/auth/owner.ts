import type { Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { verifyPassword } from './passwords.ts';
import { lockPerson } from './people.ts';

/** What asking for a password once more needs. */
export interface OwnerNeeds {
  db: AuthDatabase;
  throttle: LoginThrottle;
}

/** Somebody who is logged in and shows the password once more. */
export interface ClaimedOwner {
  personId: string;
  password: string;
  origin?: Origin | undefined;
}

/**
 * Whether whoever is logged in knows the password, too: a browser that was left alone must not be enough for what
 * cannot be undone. Guesses count like those of logins.
 * @throws ProblemError `invalid_credentials`; `too_many_requests`; `unauthorized` when the person is gone
 */
export async function insistOnPassword(
  { db, throttle }: OwnerNeeds,
  { personId, password, origin }: ClaimedOwner,
): Promise<PersonRow> {
  const person = await db.models.person.findByPk(personId);
  if (!person) throw new ProblemError('unauthorized');
  const forgive = await throttle.begin(person.email, origin?.address);
  if (!(await verifyPassword(password, person.passwordHash))) throw new ProblemError('invalid_credentials');
  await forgive();
  return person;
}

/**
 * Lock the person who has shown their password a moment ago. Whoever has changed it in this moment may have done so to
 * keep another one out.
 * @param checked as {@link insistOnPassword} has found them
 * @throws ProblemError `invalid_credentials` when the password is another one by now; `unauthorized` when the person is
 * gone
 */
export async function lockOwner(
  db: AuthDatabase,
  checked: PersonRow,
  transaction: Transaction,
): Promise<void> {
  const person = await lockPerson(db, checked.id, transaction);
  if (!person) throw new ProblemError('unauthorized');
  if (person.passwordHash !== checked.passwordHash) throw new ProblemError('invalid_credentials');
}
