import type { IncomingMessage } from 'node:http';
import { verifyAccessToken, type VerificationKey } from '../../lib/access-token.ts';
import { isApiKey } from '../../lib/api-key.ts';
import type { Caller } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { EndedSessions } from './ended-sessions.ts';
import type { Call } from './endpoint.ts';
import { createKeyCheck } from './key-check.ts';

/** Who sends this request. Throws `unauthorized` when the token is missing or not valid, or its session has ended. */
export type Authenticate = (req: IncomingMessage, call: Call) => Promise<Caller>;

/** A token that no known key fits makes us ask for new keys, but not more often than this. */
const REFETCH_MS = 10_000;

/** How long keys are believed: one that was taken away, because it was stolen, is good for nothing after that. */
const BELIEVED_MS = 60_000;

/**
 * Tokens are verified here, with the public keys of `auth`, so that a request needs no call to `auth`; API keys are
 * looked up there.
 * @param ended the sessions that have ended before their access tokens
 * @param clock milliseconds since the epoch
 */
export function createAuthenticate(
  ended: Pick<EndedSessions, 'ready' | 'has'>,
  clock: () => number = Date.now,
): Authenticate {
  const checkKey = createKeyCheck(clock);
  let keys: VerificationKey[] = [];
  let fetchedAt = -Infinity;
  let askedAt = -Infinity;
  let fetching: Promise<void> | undefined;

  const fetchKeys = async (call: Call) => {
    ({ keys } = await call<{ keys: VerificationKey[] }>('auth.keys'));
    fetchedAt = askedAt = clock();
  };
  /** Requests that come at once share one call. */
  const fetchOnce = (call: Call) =>
    (fetching ??= fetchKeys(call).finally(() => {
      fetching = undefined;
    }));

  /** While `auth` is away, no key can be taken from it either, so what is known stays good. */
  const renew = async (call: Call) => {
    if (clock() - askedAt < BELIEVED_MS) return;
    askedAt = clock();
    await fetchOnce(call).catch(() => undefined);
  };

  const verify = async (token: string, call: Call) => {
    if (keys.length > 0) await renew(call);
    try {
      return verifyAccessToken(token, keys);
    } catch (error) {
      if (clock() - fetchedAt < REFETCH_MS) throw error;
      await fetchOnce(call);
      return verifyAccessToken(token, keys);
    }
  };

  return async (req, call) => {
    const token = bearerToken(req);
    if (isApiKey(token)) return checkKey(token, call);
    const caller = await verify(token, call);
    await ended.ready(call);
    // A token without a session is from a version before there were any: its refresh token gives one that has it.
    if (caller.sessionId === null || ended.has(caller.sessionId)) throw new ProblemError('unauthorized');
    return caller;
  };
}

function bearerToken(req: IncomingMessage): string {
  const [, token] = /^Bearer +([^\s]+)$/i.exec(req.headers.authorization ?? '') ?? [];
  if (!token) throw new ProblemError('unauthorized', { detail: 'Send the access token as a Bearer token' });
  return token;
}
