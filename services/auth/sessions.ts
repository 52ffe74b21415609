import { randomUUID } from 'node:crypto';
import { signAccessToken, type SigningKey } from '../../lib/access-token.ts';
import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { TokenPair } from '../../lib/replies.ts';
import type { LoginAttempt } from './inputs.ts';
import { rememberOrigin } from './known-origins.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { verifyPassword } from './passwords.ts';
import { findByEmail, lockPerson } from './people.ts';
import { rotate, startFamily, type TokenLives } from './refresh-tokens.ts';
import type { MaybeCode } from './second-factor-codes.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';

/** What logging in and staying logged in needs. */
export interface Sessions extends TokenLives {
  db: AuthDatabase;
  key: SigningKey;
  throttle: LoginThrottle;
  /** Asks for the second factor, where there is one; see {@link checkSecondFactor}. */
  checkCode: (shown: MaybeCode) => Promise<void>;
}

/**
 * Log in with a password.
 * @param requestId of the request: it becomes the session's id, so that a second delivery makes no second session
 * @throws ProblemError `invalid_credentials`, `account_disabled`, `second_factor_required`, `invalid_code`;
 * `too_many_requests` with `retryAfterSeconds`
 */
export async function login(
  sessions: Sessions,
  { email, password, code, origin }: LoginAttempt,
  now = new Date(),
  requestId: string = randomUUID(),
): Promise<TokenPair> {
  const forgive = await sessions.throttle.begin(email, origin?.address);
  const person = await findByEmail(sessions.db, email);
  const right = await verifyPassword(password, person?.passwordHash);
  if (person && !right) await recordFailure(sessions.db, person, origin, now);
  if (!person || !right) throw new ProblemError('invalid_credentials');
  await forgive();
  // Only whoever knows the password is told.
  if (person.disabledAt) throw new ProblemError('account_disabled');
  await sessions.checkCode({ personId: person.id, code, now, requestId, origin });
  return startSession(sessions, person, origin, now, requestId);
}

function recordFailure({ sequelize }: AuthDatabase, { id }: PersonRow, origin: Origin | undefined, at: Date) {
  const event = { personId: id, kind: 'login_failed', at, origin, repeats: true } as const;
  return recordSecurityEvent({ sequelize }, event, null);
}

/**
 * Begin the session of a person whose credentials were right a moment ago. If the password has changed in that moment,
 * they are no longer right: that change has ended every session, and this one must not come after it.
 * @throws ProblemError `invalid_credentials`; `account_disabled` when that has happened in this moment
 */
async function startSession(
  sessions: Sessions,
  checked: PersonRow,
  origin: Origin = {},
  now: Date,
  id: string,
): Promise<TokenPair> {
  const { db } = sessions;
  const personId = checked.id;
  return db.sequelize.transaction(async (transaction) => {
    const person = await lockPerson(db, personId, transaction);
    if (person?.passwordHash !== checked.passwordHash) throw new ProblemError('invalid_credentials');
    if (person.disabledAt) throw new ProblemError('account_disabled');
    const session = { personId, id, origin };
    const { refreshToken, isNew } = await startFamily(db, session, sessions, now, transaction);
    if (isNew) {
      const event = { personId, kind: 'logged_in', at: now, origin, repeats: true } as const;
      await recordSecurityEvent(db, event, transaction);
      if (await rememberOrigin(db, personId, origin, now, transaction)) {
        const notice = { personId, kind: 'security.new_login', at: now, origin } as const;
        await sendSecurityNotice(db.sequelize, notice, transaction);
      }
    }
    return tokenPair(sessions, person, id, refreshToken, now);
  });
}

/**
 * Exchange a refresh token for a new pair; the person's present role counts.
 * @param requestId see {@link rotate}
 * @throws ProblemError `invalid_token`, see {@link rotate}
 */
export async function refresh(
  sessions: Sessions,
  token: string,
  origin: Origin = {},
  now = new Date(),
  requestId?: string,
): Promise<TokenPair> {
  const rotated = await rotate(sessions.db, token, sessions, origin, now, requestId);
  return tokenPair(sessions, rotated.person, rotated.sessionId, rotated.refreshToken, now);
}

function tokenPair(
  { key, accessTokenSeconds }: Sessions,
  { id, role }: PersonRow,
  sessionId: string,
  refreshToken: string,
  now: Date,
): TokenPair {
  const accessToken = signAccessToken({ personId: id, role, sessionId }, key, accessTokenSeconds, now);
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenSeconds };
}
