import { z } from 'zod';
import type { Person } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { AuthDatabase } from './models.ts';
import { findByEmail, lockPerson, toPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { endSessions } from './session-endings.ts';

const role = z.enum(['user', 'admin']);
export const roleSchema = z.union([
  z.strictObject({ personId: z.uuid(), role }),
  z.strictObject({ email: z.string().trim().max(254), role }),
]);

/**
 * Make a person an administrator, or an ordinary person again. Their sessions get the role at the next refresh; whoever
 * loses rights loses the sessions that still have them, too. A role that is there already changes nothing.
 * @throws ProblemError `not_found`
 */
export async function setRole(
  db: AuthDatabase,
  wish: z.output<typeof roleSchema>,
  now: Date,
): Promise<Person> {
  const personId = 'personId' in wish ? wish.personId : (await findByEmail(db, wish.email))?.id;
  if (personId === undefined) throw new ProblemError('not_found');
  return db.sequelize.transaction(async (transaction) => {
    const person = await lockPerson(db, personId, transaction);
    if (!person) throw new ProblemError('not_found');
    const before = person.role;
    if (before === wish.role) return toPerson(person);
    await person.update({ role: wish.role }, { transaction });
    const details = { from: before, to: wish.role };
    await recordSecurityEvent(db, { personId, kind: 'role_changed', at: now, details }, transaction);
    if (wish.role === 'user') await endSessions(db, personId, 'all', now, transaction);
    return toPerson(person);
  });
}
