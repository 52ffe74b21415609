import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { ProblemError } from '../../../lib/errors.ts';
import type { AuthDatabase, PersonRow } from '../models.ts';
import { lockPerson } from '../people.ts';

/**
 * Lock the person whom a deed is about, together with the administrator who does it: of two who would take the rights
 * from each other at the same time, the second one has none any more. Locked in the order of their ids, so that the two
 * don't wait for each other for ever.
 * @param by a person's id, or where an operator sits
 * @throws ProblemError `not_found`; `forbidden` when whoever does it is no administrator any more
 */
export async function lockForDeed(
  db: AuthDatabase,
  { personId, by }: { personId: string; by: string },
  transaction: Transaction,
): Promise<PersonRow> {
  const isPerson = z.uuid().safeParse(by).success;
  const locked = new Map<string, PersonRow | null>();
  for (const id of [...new Set(isPerson ? [personId, by] : [personId])].sort())
    locked.set(id, await lockPerson(db, id, transaction));
  const actor = locked.get(by);
  if (isPerson && (actor?.role !== 'admin' || actor.disabledAt)) throw new ProblemError('forbidden');
  const person = locked.get(personId);
  if (!person) throw new ProblemError('not_found');
  return person;
}
