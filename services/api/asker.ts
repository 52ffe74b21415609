import type { Origin } from '../../lib/accounts.ts';
import type { PersonalRequest } from './endpoint.ts';

/** Who asks for something about their own account, and from where. */
export const asker = ({ caller, origin }: PersonalRequest): { personId: string; origin: Origin } => ({
  personId: caller.personId,
  origin,
});
