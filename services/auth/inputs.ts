import { z } from 'zod';
import { credentials } from '../../lib/accounts.ts';

export const loginAttempt = credentials.extend({
  /** The client's network address; without it, failures are counted for the account alone. */
  address: z.string().max(100).optional(),
});
export type LoginAttempt = z.output<typeof loginAttempt>;

export const personReference = z.strictObject({ personId: z.uuid() });

export const nothing = z.strictObject({});
