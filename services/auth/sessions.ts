import { signAccessToken, type SigningKey } from '../../lib/access-token.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { LoginAttempt } from './inputs.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { AuthDatabase, PersonRow } from './models.ts';
import { verifyPassword } from './passwords.ts';
import { findByEmail } from './people.ts';
import { rotate, startFamily } from './refresh-tokens.ts';

/** What logging in and staying logged in needs. */
export interface Sessions {
  db: AuthDatabase;
  key: SigningKey;
  throttle: LoginThrottle;
  accessTokenSeconds: number;
  refreshTokenDays: number;
}

/** What a person gets for logging in (RFC 6749, section 5.1); `expiresIn` is the access token's life in seconds. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  tokenType: 'Bearer';
  expiresIn: number;
}

/**
 * Log in with a password.
 * @throws ProblemError `invalid_credentials`; `too_many_requests` with `retryAfterSeconds`
 */
export async function login(
  sessions: Sessions,
  { email, password, address }: LoginAttempt,
  now = new Date(),
): Promise<TokenPair> {
  const forgive = await sessions.throttle.begin(email, address);
  const person = await findByEmail(sessions.db, email);
  const right = await verifyPassword(password, person?.passwordHash);
  if (!person || !right) throw new ProblemError('invalid_credentials');
  await forgive();
  const refreshToken = await startFamily(sessions.db, person.id, sessions.refreshTokenDays, now);
  return tokenPair(sessions, person, refreshToken, now);
}

/**
 * Exchange a refresh token for a new pair; the person's present role counts.
 * @param requestId see {@link rotate}
 * @throws ProblemError `invalid_token`, see {@link rotate}
 */
export async function refresh(
  sessions: Sessions,
  token: string,
  now = new Date(),
  requestId?: string,
): Promise<TokenPair> {
  const { db, refreshTokenDays } = sessions;
  const { person, refreshToken } = await rotate(db, token, refreshTokenDays, now, requestId);
  return tokenPair(sessions, person, refreshToken, now);
}

function tokenPair(
  { key, accessTokenSeconds }: Sessions,
  { id, role }: PersonRow,
  refreshToken: string,
  now: Date,
): TokenPair {
  const accessToken = signAccessToken({ personId: id, role }, key, accessTokenSeconds, now);
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenSeconds };
}
