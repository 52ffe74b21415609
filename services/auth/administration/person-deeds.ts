import type { Transaction } from 'sequelize';
import type { z } from 'zod';
import type { disabling, personDeed } from '../../../lib/administration/requests.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { AuthDatabase, PersonRow } from '../models.ts';
import { findByEmail } from '../people.ts';
import { recordSecurityEvent } from '../security-events.ts';
import { endSessions } from '../session-endings.ts';
import { lockForDeed } from './actor.ts';
import { noteDeedHere } from './deed-log.ts';

type Reference = Pick<z.output<typeof personDeed>, 'personId' | 'email'>;

/**
 * Close an account to its person, or open it again. Who is shut out can't log in, their sessions end, and their API
 * keys are refused; what they have stays, and what runs for them goes on. What is so already changes nothing.
 * @returns the person's id
 * @throws ProblemError `invalid_state` for one's own account: somebody must be left who can undo it; see
 * {@link lockForDeed}
 */
export async function setDisabled(
  db: AuthDatabase,
  { disabled, by, ...reference }: z.output<typeof disabling>,
  now: Date,
): Promise<string> {
  return withPerson(db, reference, by, async (person, transaction) => {
    const personId = person.id;
    if (disabled && by === personId) throw ownAccount('disable');
    if (disabled === person.disabledAt instanceof Date) return;
    await person.update({ disabledAt: disabled ? now : null }, { transaction });
    const kind = disabled ? 'account_disabled' : 'account_enabled';
    await recordSecurityEvent(db, { personId, kind, at: now }, transaction);
    if (disabled) await endSessions(db, personId, 'all', now, transaction);
    const deed = disabled ? 'person_disabled' : 'person_enabled';
    await noteDeedHere(db, { by, deed, about: personId, details: {} }, now, transaction);
  });
}

/**
 * End all sessions of a person; API keys go on.
 * @returns how many there were
 * @throws ProblemError see {@link lockForDeed}
 */
export async function endPersonSessions(
  db: AuthDatabase,
  { by, ...reference }: z.output<typeof personDeed>,
  now: Date,
): Promise<{ count: number }> {
  let count = 0;
  await withPerson(db, reference, by, async ({ id: personId }, transaction) => {
    count = await endSessions(db, personId, 'all', now, transaction);
    const details = { count };
    const event = { personId, kind: 'sessions_ended', at: now, details } as const;
    if (count > 0) await recordSecurityEvent(db, event, transaction);
    await noteDeedHere(db, { by, deed: 'sessions_ended', about: personId, details }, now, transaction);
  });
  return { count };
}

/** What administrators may not do to themselves. */
export const ownAccount = (verb: string) =>
  new ProblemError('invalid_state', {
    detail: `Administrators can't ${verb} their own account; ask another one`,
  });

async function withPerson(
  db: AuthDatabase,
  { personId, email }: Reference,
  by: string,
  change: (person: PersonRow, transaction: Transaction) => Promise<void>,
): Promise<string> {
  const id = personId ?? (email === undefined ? undefined : (await findByEmail(db, email))?.id);
  if (id === undefined) throw new ProblemError('not_found');
  await db.sequelize.transaction(async (transaction) => {
    await change(await lockForDeed(db, { personId: id, by }, transaction), transaction);
  });
  return id;
}
