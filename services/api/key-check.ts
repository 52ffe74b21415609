import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { readApiKey } from '../../lib/api-key.ts';
import type { Caller } from '../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../lib/errors.ts';
import type { Call } from './endpoint.ts';

/** How long an answer of `auth` is believed, in milliseconds: a deleted key works no longer than this. */
const BELIEVED_MS = 5000;
const MAX_KEYS = 10_000;

/** Who calls with this API key. Throws `unauthorized` when it does not work. */
type CheckKey = (key: string, call: Call) => Promise<Caller>;

/**
 * Keys are checked by `auth`; a key that is used again and again is asked for every few seconds only, also one that is
 * refused. Requests that come at once share one question.
 * @param clock milliseconds since the epoch
 */
export function createKeyCheck(clock: () => number = Date.now): CheckKey {
  const known = new LRUCache<string, { answer: Promise<Caller | null>; until: number }>({ max: MAX_KEYS });

  const ask = (digest: string, key: string, call: Call) => {
    const answer = lookUp(key, call);
    known.set(digest, { answer, until: clock() + BELIEVED_MS });
    // An `auth` that does not answer says nothing about the key.
    answer.catch(() => known.delete(digest));
    return answer;
  };

  return async (key, call) => {
    const digest = createHash('sha256').update(key).digest('base64');
    const entry = known.get(digest);
    const caller = await (entry && entry.until > clock() ? entry.answer : ask(digest, key, call));
    if (!caller) throw new ProblemError('unauthorized', { detail: 'This API key does not work (any more)' });
    return caller;
  };
}

async function lookUp(key: string, call: Call): Promise<Caller | null> {
  const digest = readApiKey(key);
  if (!digest) return null;
  return call<Caller>('auth.checkKey', digest).catch((error: unknown) => {
    if (problemCode(error) === 'unauthorized') return null;
    throw error;
  });
}
