import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { origin, type Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { Enrolment } from '../../lib/replies.ts';
import { isFirstDelivery } from '../../lib/once.ts';
import { codeOnly, passwordAndCode, passwordOnly } from '../../lib/security.ts';
import { enrolmentOf, newTotpSecret } from './one-time-codes.ts';
import { insistOnPassword, lockOwner, type OwnerNeeds } from './owner.ts';
import { makeRecoveryCodes, withCode, type SecondFactors } from './second-factor-codes.ts';
import { recordSecurityEvent, type SecurityEventKind } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';

/** Setting up the second factor of logins, and doing without it again. */

const asker = z.strictObject({ personId: z.uuid(), origin: origin.optional() });
export const beginSchema = asker.extend(passwordOnly.shape);
export const confirmSchema = asker.extend(codeOnly.shape);
export const changeSchema = asker.extend(passwordAndCode.shape);
type Change = z.output<typeof changeSchema>;

type Needs = SecondFactors & OwnerNeeds;
/** When a request came, and its id: a second delivery of it changes nothing more. */
interface Moment {
  now: Date;
  requestId: string;
}

/**
 * Begin to set up a second factor; nothing is asked for until it is confirmed. Beginning anew forgets what was begun.
 * @throws ProblemError `invalid_state` when there is one already; `invalid_credentials`, `too_many_requests`
 */
export async function beginSecondFactor(
  needs: Needs,
  wish: z.output<typeof beginSchema>,
  now: Date,
): Promise<Enrolment> {
  const { db, box } = needs;
  const checked = await insistOnPassword(needs, wish);
  const { id: personId, email } = checked;
  const secret = newTotpSecret();
  await db.sequelize.transaction(async (transaction) => {
    await lockOwner(db, checked, transaction);
    const row = await db.models.secondFactor.findByPk(personId, { transaction });
    if (row?.confirmedAt) {
      throw new ProblemError('invalid_state', { detail: 'There is a second factor already' });
    }
    const fields = { personId, secret: box.seal(secret, personId), createdAt: now, lastStep: null };
    await db.models.secondFactor.upsert(fields, { transaction });
  });
  return enrolmentOf(secret, email);
}

/**
 * Turn the second factor on: its person has shown a code of it.
 * @returns the recovery codes, which nobody can be told again
 * @throws ProblemError `invalid_code`, `too_many_requests`; `invalid_state` when nothing was begun
 */
export async function confirmSecondFactor(
  needs: SecondFactors,
  { personId, code, origin: from }: z.output<typeof confirmSchema>,
  { now, requestId }: Moment,
): Promise<{ recoveryCodes: string[] }> {
  const { db } = needs;
  const shown = { personId, code, now, requestId, origin: from };
  return withCode(needs, shown, 'pending', async (transaction) => {
    const row = await db.models.secondFactor.findByPk(personId, { transaction });
    if (!row) throw new ProblemError('invalid_state', { detail: 'The set-up was given up meanwhile' });
    if (await isFirstDelivery(db.sequelize, requestId, now, transaction)) {
      await row.update({ confirmedAt: now }, { transaction });
      await db.models.person.update({ secondFactor: true }, { where: { id: personId }, transaction });
      await tell(needs, { personId, at: now, origin: from }, 'second_factor_enabled', transaction);
    }
    return { recoveryCodes: await makeRecoveryCodes(db, personId, transaction) };
  });
}

/**
 * Do without the second factor again.
 * @throws ProblemError `invalid_credentials`, `invalid_code`, `too_many_requests`; `invalid_state` when there is none
 */
export async function disableSecondFactor(needs: Needs, change: Change, moment: Moment): Promise<void> {
  const { db } = needs;
  const { personId, code, origin: from } = change;
  const { passwordHash } = await insistOnPassword(needs, change);
  const { now, requestId } = moment;
  const shown = { personId, code, passwordHash, origin: from, ...moment };
  await withCode(needs, shown, 'confirmed', async (transaction) => {
    if (!(await isFirstDelivery(db.sequelize, requestId, now, transaction))) return;
    await db.models.secondFactor.destroy({ where: { personId }, transaction });
    await db.models.person.update({ secondFactor: false }, { where: { id: personId }, transaction });
    await tell(needs, { personId, at: now, origin: from }, 'second_factor_disabled', transaction);
  });
}

/**
 * Make new recovery codes; the old ones stop to work.
 * @throws ProblemError as {@link disableSecondFactor}
 */
export async function replaceRecoveryCodes(
  needs: Needs,
  change: Change,
  moment: Moment,
): Promise<{ recoveryCodes: string[] }> {
  const { db } = needs;
  const { personId, code, origin: from } = change;
  const { passwordHash } = await insistOnPassword(needs, change);
  const { now, requestId } = moment;
  const shown = { personId, code, passwordHash, origin: from, ...moment };
  return withCode(needs, shown, 'confirmed', async (transaction) => {
    if (await isFirstDelivery(db.sequelize, requestId, now, transaction)) {
      const event = { personId, kind: 'recovery_codes_replaced', at: now, origin: from } as const;
      await recordSecurityEvent(db, event, transaction);
    }
    return { recoveryCodes: await makeRecoveryCodes(db, personId, transaction) };
  });
}

async function tell(
  { db }: SecondFactors,
  what: { personId: string; at: Date; origin: Origin | undefined },
  kind: Extract<SecurityEventKind, 'second_factor_enabled' | 'second_factor_disabled'>,
  transaction: Transaction,
): Promise<void> {
  await recordSecurityEvent(db, { ...what, kind }, transaction);
  await sendSecurityNotice(db.sequelize, { ...what, kind: `security.${kind}` }, transaction);
}
