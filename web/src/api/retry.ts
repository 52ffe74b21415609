import type { ApiProblem } from '../../../client/index.ts';

const MOST_TRIES = 4;
/** Nobody waits for longer without being told why. */
const LONGEST_SECONDS = 10;

/**
 * How long to wait for what the server asks to: longer by a random part, because all the others that were refused in
 * the same moment wait, too.
 * @param random from 0 to 1
 * @returns milliseconds; null when the server asks for nothing, or for more than somebody would wait
 */
export function askedPause(seconds: number | undefined, random: number): number | null {
  if (seconds === undefined || seconds > LONGEST_SECONDS) return null;
  return Math.round(seconds * 1000 * (1 + random / 2));
}

/**
 * Whether a request is sent once more, and after how long.
 * @param tries how often it was sent
 * @returns milliseconds, or null for not at all
 */
export function pauseBeforeRetry(
  { code, status, retryAfter }: Pick<ApiProblem, 'code' | 'status' | 'retryAfter'>,
  method: string,
  tries: number,
  random: number,
): number | null {
  if (tries >= MOST_TRIES) return null;
  // Who is overloaded has not begun; after any other refusal a change may have been made.
  const isSafe = code === 'overloaded' || method === 'GET';
  return isSafe && (status === 503 || status === 429) ? askedPause(retryAfter, random) : null;
}
