import { action } from '../../mixins/action.ts';
import {
  beginReset,
  changeProfile,
  forgotPassword,
  registerPerson,
  resendVerification,
  verifyEmail,
  type Accounts,
  type Request,
} from './accounts.ts';
import {
  asker,
  changeOfProfile,
  endedSince,
  eventPage,
  letterReference,
  newPerson,
  passwordChangeOf,
  resetAttempt,
  resetBeginning,
  resetRequest,
  sessionReference,
  verificationAttempt,
} from './inputs.ts';
import { letterToken } from './letter-tokens.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase } from './models.ts';
import { changePassword, resetPassword } from './password-changes.ts';
import { listSecurityEvents } from './security-events.ts';
import { endedSessions } from './session-endings.ts';
import { endOtherSessions, endSession, listSessions } from './session-list.ts';

interface Dependencies {
  db: AuthDatabase;
  throttle: LoginThrottle;
  /** Ready once the signing key has been read. */
  accounts: () => Promise<Accounts>;
  /** How many passwords of new accounts are hashed at a time. */
  hashing: { bulkhead: object };
}

const requestOf = (origin: Request['origin'], { id }: { id: string }): Request => ({
  id,
  origin,
  now: new Date(),
});

/** The actions by which people keep their accounts: letters, passwords, sessions and the audit log. */
export function accountActions({ db, throttle, accounts, hashing }: Dependencies) {
  return {
    register: {
      ...action(newPerson, async ({ origin, ...input }, ctx) =>
        registerPerson(await accounts(), input, requestOf(origin, ctx)),
      ),
      ...hashing,
    },
    resendVerification: action(asker, async ({ personId, origin }, ctx) =>
      resendVerification(await accounts(), personId, requestOf(origin, ctx)),
    ),
    verifyEmail: action(verificationAttempt, ({ token, origin }, ctx) =>
      verifyEmail(db, token, requestOf(origin, ctx)),
    ),
    letterToken: action(letterReference, async ({ tokenId }) => {
      const { letterSecret, olderLetterSecrets = [] } = await accounts();
      return letterToken(db, [letterSecret, ...olderLetterSecrets], tokenId, new Date());
    }),
    forgotPassword: action(resetRequest, async ({ email, origin }, ctx) =>
      forgotPassword(await accounts(), email, requestOf(origin, ctx)),
    ),
    beginReset: action(resetBeginning, async ({ email, origin, requestId }) =>
      beginReset(await accounts(), email, requestOf(origin, { id: requestId })),
    ),
    resetPassword: action(resetAttempt, ({ origin, ...attempt }, ctx) =>
      resetPassword(db, attempt, requestOf(origin, ctx)),
    ),
    changePassword: action(passwordChangeOf, ({ origin, ...change }, ctx) =>
      changePassword({ db, throttle }, change, requestOf(origin, ctx)),
    ),
    changeProfile: action(changeOfProfile, ({ personId, profile, origin }, ctx) =>
      changeProfile(db, personId, profile, requestOf(origin, ctx)),
    ),
    sessions: action(asker, (who) => listSessions(db, who, new Date())),
    endSession: action(sessionReference, ({ id, ...who }) => endSession(db, who, id, new Date())),
    endOtherSessions: action(asker, (who) => endOtherSessions(db, who, new Date())),
    endedSessions: action(endedSince, ({ since }) => endedSessions(db, since)),
    securityEvents: action(eventPage, (page) => listSecurityEvents(db, page)),
  };
}
