import type { Transaction } from 'sequelize';
import { ProblemError } from '../../lib/errors.ts';
import { isHandled, once } from '../../lib/once.ts';
import { markVerified, type Request } from './accounts.ts';
import { rememberOrigin } from './known-origins.ts';
import { readLetterToken, useLetterToken } from './letter-tokens.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { insistOnGoodPassword } from './password-rules.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { lockPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';
import { endSessions, type Which } from './session-endings.ts';

interface PasswordChange {
  personId: string;
  /** The session that asks; it goes on. */
  sessionId: string | null;
  currentPassword: string;
  newPassword: string;
}

/**
 * Change a password. All other sessions end. Wrong guesses at the present one count like failed logins.
 * @throws ProblemError `invalid_credentials` when the present password is another; `validation_failed` when the new one
 * is easily guessed; `too_many_requests`; `not_found` when the person is gone
 */
export async function changePassword(
  { db, throttle }: { db: AuthDatabase; throttle: LoginThrottle },
  { personId, sessionId, currentPassword, newPassword }: PasswordChange,
  request: Request,
): Promise<void> {
  // A second delivery would find the present password to be another by now.
  if (await isHandled(db.sequelize, request.id)) return;
  const known = await db.models.person.findByPk(personId);
  if (!known) throw new ProblemError('not_found');
  const forgive = await throttle.begin(known.email, request.origin?.address);
  if (!(await verifyPassword(currentPassword, known.passwordHash))) {
    throw new ProblemError('invalid_credentials');
  }
  await forgive();
  await insistOnGoodPassword(newPassword, known, 'newPassword');
  const passwordHash = await hashPassword(newPassword);
  await once(db.sequelize, request.id, request.now, async (transaction) => {
    const person = await lockPerson(db, personId, transaction);
    if (person?.passwordHash !== known.passwordHash) throw new ProblemError('invalid_credentials');
    const set = { passwordHash, kind: 'password_changed', ending: { except: sessionId } } as const;
    await setPassword(db, person, set, request, transaction);
  });
}

/**
 * Replace a forgotten password with the token of a letter, which shows that the address is the person's. All sessions
 * end, and the network they ask from may log in from now on, whatever strangers have done to the account's counters.
 * @throws ProblemError `not_found` when the token is unknown, used or replaced; `expired`; `validation_failed` when the
 * password is easily guessed (the token stays good)
 */
export async function resetPassword(
  db: AuthDatabase,
  { token, password }: { token: string; password: string },
  request: Request,
): Promise<void> {
  if (await isHandled(db.sequelize, request.id)) return;
  const { origin, now } = request;
  const { row, person: known } = await readLetterToken(db, token, 'reset', now);
  await insistOnGoodPassword(password, known);
  const passwordHash = await hashPassword(password);
  await once(db.sequelize, request.id, now, async (transaction) => {
    const person = await lockPerson(db, known.id, transaction);
    await useLetterToken(db, row, transaction);
    if (!person) throw new ProblemError('not_found');
    await setPassword(
      db,
      person,
      { passwordHash, kind: 'password_reset', ending: 'all' },
      request,
      transaction,
    );
    if (!person.emailVerifiedAt) await removeOtherKeys(db, person, transaction);
    if (person.email === row.email) await markVerified(db, person, origin, now, transaction);
    await rememberOrigin(db, person.id, { address: origin?.address }, now, transaction);
  });
}

/**
 * Nobody has shown yet that the address is theirs: whoever registered it may be somebody else, who must not keep a way
 * in, nor keep its owner out.
 */
async function removeOtherKeys(
  { models }: AuthDatabase,
  person: PersonRow,
  transaction: Transaction,
): Promise<void> {
  const where = { personId: person.id };
  await models.apiKey.destroy({ where, transaction });
  await models.recoveryCode.destroy({ where, transaction });
  await models.secondFactor.destroy({ where, transaction });
  await person.update({ secondFactor: false }, { transaction });
}

/** @param transaction has locked the person */
async function setPassword(
  db: AuthDatabase,
  person: PersonRow,
  set: { passwordHash: string; kind: 'password_changed' | 'password_reset'; ending: Which },
  { origin, now: at }: Request,
  transaction: Transaction,
): Promise<void> {
  const { passwordHash, kind, ending } = set;
  const personId = person.id;
  await person.update({ passwordHash }, { transaction });
  // A letter that was asked for before must not undo this.
  await db.models.letterToken.destroy({ where: { personId, purpose: 'reset' }, transaction });
  const sessionsEnded = await endSessions(db, personId, ending, at, transaction);
  const event = { personId, kind, at, origin, details: { sessionsEnded } };
  await recordSecurityEvent(db, event, transaction);
  await sendSecurityNotice(db.sequelize, { personId, kind: `security.${kind}`, at, origin }, transaction);
}
