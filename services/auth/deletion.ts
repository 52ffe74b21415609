import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { origin } from '../../lib/accounts.ts';
import { promiseCall } from '../../lib/durable-calls.ts';
import { ProblemError } from '../../lib/errors.ts';
import { isHandled, once } from '../../lib/once.ts';
import { passwordAndMaybeCode } from '../../lib/security.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { insistOnPassword, type OwnerNeeds } from './owner.ts';
import { checkSecondFactor, type SecondFactors } from './second-factor-codes.ts';
import { endSessions } from './session-endings.ts';

export const deletionSchema = passwordAndMaybeCode.extend({
  personId: z.uuid(),
  origin: origin.optional(),
});

/**
 * Delete an account, for good: the person's row goes with everything that hangs on it, their sessions end, and the other
 * services are made to do the same, in one transaction. Nothing of the person stays here.
 * @throws ProblemError `invalid_credentials`, `second_factor_required`, `invalid_code`, `too_many_requests`
 */
export async function deleteAccount(
  needs: OwnerNeeds & SecondFactors,
  { code, ...owner }: z.output<typeof deletionSchema>,
  { now, requestId }: { now: Date; requestId: string },
): Promise<void> {
  const { db } = needs;
  const { personId } = owner;
  if (await isHandled(db.sequelize, requestId)) return;
  const { passwordHash } = await insistOnPassword(needs, owner);
  await checkSecondFactor(needs, { personId, origin: owner.origin, code, now, requestId });
  await once(db.sequelize, requestId, now, async (transaction) => {
    const person = await db.models.person.findByPk(personId, { transaction, lock: true });
    if (!person) return;
    // Whoever has changed it in this moment may have done so to keep another one out.
    if (person.passwordHash !== passwordHash) throw new ProblemError('invalid_credentials');
    await erase(db, person, now, transaction);
  });
}

async function erase(
  db: AuthDatabase,
  person: PersonRow,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const { sequelize } = db;
  const { id: personId, email: to, locale } = person;
  await endSessions(db, personId, 'all', now, transaction);
  // What was still to be told to them goes, too.
  await sequelize.query("DELETE FROM durable_calls WHERE params->>'personId' = :personId", {
    replacements: { personId },
    transaction,
  });
  const farewell = { eventId: randomUUID(), personId, kind: 'account.deleted', data: {}, to, locale };
  for (const call of [
    { action: 'video.removePerson', params: { personId } },
    { action: 'notify.removePerson', params: { personId } },
    { action: 'notify.tell', params: farewell },
  ]) {
    await promiseCall(sequelize, call, now, transaction);
  }
  await person.destroy({ transaction });
}
