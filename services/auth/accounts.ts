import type { Transaction } from 'sequelize';
import type { Origin, Profile, Registration } from '../../lib/accounts.ts';
import type { Person } from '../../lib/contracts.ts';
import type { NetworkLimit } from '../../lib/counters.ts';
import { promiseCall } from '../../lib/durable-calls.ts';
import { ProblemError } from '../../lib/errors.ts';
import { once } from '../../lib/once.ts';
import { readLetterToken, sendLetter, useLetterToken } from './letter-tokens.ts';
import type { LetterThrottle } from './letter-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { findByEmail, lockPerson, register, toPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';

/** What an account's letters need. */
export interface Accounts {
  db: AuthDatabase;
  /** See ./letter-tokens.ts. */
  letterSecret: Buffer;
  /** Of the keys that signed before. */
  olderLetterSecrets?: Buffer[];
  letters: LetterThrottle;
  /** Keeps one network from making accounts without end. */
  registrations: NetworkLimit;
}

/** Which request asks for a change: delivered again (same id), it changes nothing more. */
export interface Request {
  id: string;
  origin?: Origin | undefined;
  now: Date;
}

/**
 * Register: make an account and have the letter sent that verifies its address. Where a network registers very many
 * people, the letters after the hundredth in an hour are left out, and so are those to an address that was registered
 * (and deleted) thrice; a person may ask for theirs.
 * @throws ProblemError see {@link register}; `too_many_requests` when the network has registered enough people
 */
export async function registerPerson(
  { db, letterSecret, letters, registrations }: Accounts,
  input: Registration,
  { id, origin, now }: Request,
): Promise<Person> {
  await registrations(origin?.address);
  const mayWrite =
    (await letters.allowsRegistration(origin?.address)) && (await letters.allows('registered', input.email));
  return register(db, input, 'user', now, id, async (person, transaction) => {
    const event = { personId: person.id, kind: 'registered', at: now, origin } as const;
    await recordSecurityEvent(db, event, transaction);
    if (mayWrite) await sendLetter(db, letterSecret, person, 'verify', now, transaction);
  });
}

/**
 * Send the letter that verifies the address again. There is none for an address that is verified.
 * @throws ProblemError `too_many_requests` after three in an hour; `not_found` when the person is gone
 */
export async function resendVerification(
  { db, letterSecret, letters }: Accounts,
  personId: string,
  { id, origin, now }: Request,
): Promise<void> {
  const known = await db.models.person.findByPk(personId);
  if (!known) throw new ProblemError('not_found');
  if (known.emailVerifiedAt) return;
  await letters.insist('verify', known.email);
  await once(db.sequelize, id, now, async (transaction) => {
    const person = await lockPerson(db, personId, transaction);
    if (!person) throw new ProblemError('not_found');
    // In this moment, perhaps: an older letter does it, too.
    if (person.emailVerifiedAt) return;
    const event = { personId, kind: 'email_verification_requested', at: now, origin } as const;
    await recordSecurityEvent(db, event, transaction);
    await sendLetter(db, letterSecret, person, 'verify', now, transaction);
  });
}

/**
 * Take the token of a verification letter.
 * @throws ProblemError `not_found` when it is unknown or used; `expired`
 */
export async function verifyEmail(db: AuthDatabase, token: string, request: Request): Promise<void> {
  const { id, origin, now } = request;
  await once(db.sequelize, id, now, async (transaction) => {
    const { row, person } = await readLetterToken(db, token, 'verify', now);
    const locked = await lockPerson(db, person.id, transaction);
    await useLetterToken(db, row, transaction);
    if (locked?.email === row.email) await markVerified(db, locked, origin, now, transaction);
  });
}

/** Note that mail to the person's address reaches them, if that is news. */
export async function markVerified(
  db: AuthDatabase,
  person: PersonRow,
  origin: Origin | undefined,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  if (person.emailVerifiedAt) return;
  await person.update({ emailVerifiedAt: now }, { transaction });
  const event = { personId: person.id, kind: 'email_verified', at: now, origin } as const;
  await recordSecurityEvent(db, event, transaction);
}

/** @throws ProblemError `not_found` when the person is gone */
export async function changeProfile(
  db: AuthDatabase,
  personId: string,
  profile: Profile,
  { origin, now }: Omit<Request, 'id'>,
): Promise<Person> {
  return db.sequelize.transaction(async (transaction) => {
    const person = await lockPerson(db, personId, transaction);
    if (!person) throw new ProblemError('not_found');
    const { name = person.name, locale = person.locale } = profile;
    person.set({ name, locale });
    const changed = person.changed();
    if (changed) {
      await person.save({ transaction });
      const details = { fields: changed.join(', ') };
      const event = { personId, kind: 'profile_changed', at: now, origin, details } as const;
      await recordSecurityEvent(db, event, transaction);
    }
    return toPerson(person);
  });
}

/**
 * Ask for the letter with which a forgotten password is replaced. Whether the address has an account is looked up
 * later, by {@link beginReset}: neither the answer nor its time tells.
 * @throws ProblemError `too_many_requests` when the network has asked for too many; whoever asks for one address too
 * often gets no more letters and is not told
 */
export async function forgotPassword(
  { db, letters }: Pick<Accounts, 'db' | 'letters'>,
  email: string,
  { id, origin, now }: Request,
): Promise<void> {
  await letters.insistOnNetwork(origin?.address);
  if (!(await letters.allows('reset', email))) return;
  await once(db.sequelize, id, now, async (transaction) => {
    const params = { email, origin, requestId: id };
    await promiseCall(db.sequelize, { action: 'auth.beginReset', params }, now, transaction);
  });
}

/** Have the letter sent, where there is an account; it replaces older ones. */
export async function beginReset(
  { db, letterSecret }: Pick<Accounts, 'db' | 'letterSecret'>,
  email: string,
  { id, origin, now }: Request,
): Promise<void> {
  await once(db.sequelize, `reset ${id}`, now, async (transaction) => {
    const found = await findByEmail(db, email);
    const person = found && (await lockPerson(db, found.id, transaction));
    if (!person) return;
    const personId = person.id;
    await db.models.letterToken.destroy({ where: { personId, purpose: 'reset' }, transaction });
    const event = { personId, kind: 'password_reset_requested', at: now, origin } as const;
    await recordSecurityEvent(db, event, transaction);
    await sendLetter(db, letterSecret, person, 'reset', now, transaction);
  });
}
