import type { Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { isFirstDelivery } from '../../lib/once.ts';
import type { CodeThrottle } from './code-throttle.ts';
import type { AuthDatabase } from './models.ts';
import { newRecoveryCodes, readTotpCode, recoveryCodeHash, stepOfCode } from './one-time-codes.ts';
import type { SecretBox } from './secret-box.ts';
import type { SecondFactorRow } from './secret-models.ts';
import { lockPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';

/** What checking codes needs. */
export interface SecondFactors {
  db: AuthDatabase;
  box: SecretBox;
  codeThrottle: CodeThrottle;
}

/** A code that somebody shows. */
export interface ShownCode {
  personId: string;
  code: string;
  now: Date;
  /** Of the request that brings it: delivered again, it finds its code taken and goes on. */
  requestId: string;
  origin?: Origin | undefined;
  /** Of the password that came with it: once that is another one, the code is not taken. */
  passwordHash?: string;
}

/** The same from somebody who may not know that a code is needed. */
export type MaybeCode = Omit<ShownCode, 'code'> & { code: string | undefined };

/** Whether a person's logins ask for a code. */
export async function hasSecondFactor({ models }: AuthDatabase, personId: string): Promise<boolean> {
  const row = await models.secondFactor.findByPk(personId);
  return row?.confirmedAt instanceof Date;
}

/**
 * Ask for the second factor where there is one.
 * @throws ProblemError `second_factor_required` when no code came; `invalid_code`; `too_many_requests`
 */
export async function checkSecondFactor(
  factors: SecondFactors,
  { code, ...shown }: MaybeCode,
): Promise<void> {
  if (!(await hasSecondFactor(factors.db, shown.personId))) return;
  if (code === undefined) throw new ProblemError('second_factor_required');
  await withCode(factors, { ...shown, code }, 'confirmed', () => Promise.resolve());
}

/**
 * Take a code of a person's app, or one of their recovery codes: it never works again.
 * @param state which one the factor must be in
 * @param change what the code is shown for, in the same transaction, which has locked the person: so it is this factor
 * that the code was of
 * @throws ProblemError `invalid_code`, `too_many_requests`; `invalid_state` when the factor is in the other state;
 * `invalid_credentials` when the password is another one by now
 */
export async function withCode<T>(
  factors: SecondFactors,
  shown: ShownCode,
  state: 'confirmed' | 'pending',
  change: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const forgive = await factors.codeThrottle.begin(shown.personId);
  const done = await factors.db.sequelize.transaction(async (transaction) =>
    (await isRight(factors, shown, state, transaction)) ? { result: await change(transaction) } : null,
  );
  if (done) {
    await forgive();
    return done.result;
  }
  const { personId, now: at, origin } = shown;
  const event = { personId, kind: 'second_factor_failed', at, origin, repeats: true } as const;
  await recordSecurityEvent(factors.db, event, null);
  throw new ProblemError('invalid_code');
}

async function isRight(
  factors: SecondFactors,
  shown: ShownCode,
  state: 'confirmed' | 'pending',
  transaction: Transaction,
): Promise<boolean> {
  const { db } = factors;
  const { personId, code, now, requestId, passwordHash } = shown;
  const mark = `${requestId} code`;
  // The person first, as everywhere: their account may be deleted in this moment.
  const person = await lockPerson(db, personId, transaction);
  if (!person) return false;
  if (person.passwordHash !== (passwordHash ?? person.passwordHash))
    throw new ProblemError('invalid_credentials');
  const row = await db.models.secondFactor.findByPk(personId, { transaction });
  const isTaken = await wasTaken(db, mark, transaction);
  if (isTaken) return true;
  if (!row || row.confirmedAt instanceof Date !== (state === 'confirmed')) {
    throw new ProblemError('invalid_state', { detail: stateDetail(state) });
  }
  const digits = readTotpCode(code);
  const right =
    digits === null
      ? state === 'confirmed' && (await takeRecoveryCode(db, shown, transaction))
      : await takeDigits(factors, row, { digits, now }, transaction);
  if (right) await isFirstDelivery(db.sequelize, mark, now, transaction);
  return right;
}

const stateDetail = (state: 'confirmed' | 'pending') =>
  state === 'confirmed' ? 'There is no second factor' : 'Begin to set up the second factor first';

async function wasTaken(
  { sequelize }: AuthDatabase,
  mark: string,
  transaction: Transaction,
): Promise<boolean> {
  const [rows] = await sequelize.query('SELECT 1 FROM handled_requests WHERE id = :mark', {
    replacements: { mark },
    transaction,
  });
  return rows.length > 0;
}

/** Codes only go forward: none that is as old as one that was taken works (RFC 6238, section 5.2). */
async function takeDigits(
  { box }: SecondFactors,
  row: SecondFactorRow,
  { digits, now }: { digits: string; now: Date },
  transaction: Transaction,
): Promise<boolean> {
  const secret = box.open(row.secret, row.personId);
  if (!secret) return false;
  const step = stepOfCode(new Uint8Array(secret), digits, now);
  if (step === null || (row.lastStep !== null && step <= Number(row.lastStep))) return false;
  // Sealed anew, it follows when the signing key is replaced.
  await row.update({ lastStep: step, secret: box.seal(secret, row.personId) }, { transaction });
  return true;
}

async function takeRecoveryCode(
  db: AuthDatabase,
  { personId, code, now: at, origin }: ShownCode,
  transaction: Transaction,
): Promise<boolean> {
  const codeHash = recoveryCodeHash(personId, code);
  const used = await db.models.recoveryCode.destroy({ where: { personId, codeHash }, transaction });
  if (used === 0) return false;
  const left = await db.models.recoveryCode.count({ where: { personId }, transaction });
  const what = { personId, at, origin };
  await recordSecurityEvent(db, { ...what, kind: 'recovery_code_used', details: { left } }, transaction);
  await sendSecurityNotice(db.sequelize, { ...what, kind: 'security.recovery_code_used' }, transaction);
  return true;
}

/**
 * New recovery codes in the place of all old ones.
 * @returns the codes; only their hashes are stored
 */
export async function makeRecoveryCodes(
  { models }: AuthDatabase,
  personId: string,
  transaction: Transaction,
): Promise<string[]> {
  const codes = newRecoveryCodes();
  await models.recoveryCode.destroy({ where: { personId }, transaction });
  const rows = codes.map((code) => ({ personId, codeHash: recoveryCodeHash(personId, code) }));
  await models.recoveryCode.bulkCreate(rows, { transaction });
  return codes;
}
