import { z } from 'zod';
import { actorSchema } from '../../lib/administration/deeds.ts';
import type { Person } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { lockForDeed } from './administration/actor.ts';
import { noteDeedHere } from './administration/deed-log.ts';
import { ownAccount } from './administration/person-deeds.ts';
import type { AuthDatabase } from './models.ts';
import { findByEmail, toPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { endSessions } from './session-endings.ts';

const role = z.enum(['user', 'admin']);
/** Who does it; an operator when it isn't said. */
const by = actorSchema.optional();
export const roleSchema = z.union([
  z.strictObject({ personId: z.uuid(), role, by }),
  z.strictObject({ email: z.string().trim().max(254), role, by }),
]);

/**
 * Make a person an administrator, or an ordinary person again. Their sessions get the role at the next refresh; whoever
 * loses rights loses the sessions that still have them, too. A role that is there already changes nothing.
 * @throws ProblemError `invalid_state` when administrators would take their own rights away; see {@link lockForDeed}
 */
export async function setRole(
  db: AuthDatabase,
  wish: z.output<typeof roleSchema>,
  now: Date,
): Promise<Person> {
  const personId = 'personId' in wish ? wish.personId : (await findByEmail(db, wish.email))?.id;
  if (personId === undefined) throw new ProblemError('not_found');
  return db.sequelize.transaction(async (transaction) => {
    const by = wish.by ?? 'operator';
    const person = await lockForDeed(db, { personId, by }, transaction);
    const before = person.role;
    if (before === wish.role) return toPerson(person);
    if (by === personId) throw ownAccount('take the rights from');
    await person.update({ role: wish.role }, { transaction });
    const details = { from: before, to: wish.role };
    await recordSecurityEvent(db, { personId, kind: 'role_changed', at: now, details }, transaction);
    const deed = { by, deed: 'role_changed', about: personId, details } as const;
    await noteDeedHere(db, deed, now, transaction);
    if (wish.role === 'user') await endSessions(db, personId, 'all', now, transaction);
    return toPerson(person);
  });
}
