import { z } from 'zod';
import {
  credentials,
  forgottenPassword,
  origin,
  passwordChange,
  passwordReset,
  profile,
  refreshTokenHolder,
  registration,
  verification,
} from '../../lib/accounts.ts';

/** Where the request came from that an action is called for. */
const from = { origin: origin.optional() };

export const newPerson = registration.extend(from);
export const loginAttempt = credentials.extend(from);
export type LoginAttempt = z.output<typeof loginAttempt>;
export const logoutAttempt = refreshTokenHolder.extend(from);
export const refreshAttempt = logoutAttempt.extend({ idempotencyKey: z.string().max(255).optional() });

export const personReference = z.strictObject({ personId: z.uuid() });

/** A person, and the session that their request belongs to. */
export const asker = personReference.extend({ sessionId: z.uuid().nullable(), ...from });
export const sessionReference = asker.extend({ id: z.uuid() });
export const passwordChangeOf = asker.extend(passwordChange.shape);
export const changeOfProfile = asker.extend({ profile });

export const verificationAttempt = verification.extend(from);
export const resetRequest = forgottenPassword.extend(from);
export const resetAttempt = passwordReset.extend(from);
/** The id is that of the request that asked for it, whose consequence must happen once. */
export const resetBeginning = resetRequest.extend({ requestId: z.string().max(200) });
export const letterReference = z.strictObject({ tokenId: z.uuid() });

export const endedSince = z.strictObject({ since: z.iso.datetime().optional() });

export const eventPage = personReference.extend({
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(100).default(50),
});

export const nothing = z.strictObject({});
