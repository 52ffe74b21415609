import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { verifyPassword } from './passwords.ts';

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
