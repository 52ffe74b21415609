import { ApiProblem, send } from './send.ts';

/** So often a request is sent at most. */
const MOST_SENT = 5;
/** A server that wants a longer pause tells its client, who knows whether to wait. */
const LONGEST_SECONDS = 10;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

interface Patience {
  /** Gives the copy that is sent, each time, with what is valid then. */
  sign?: (request: Request) => Promise<Request>;
  /** Called before a pause that the server has asked for, of so many seconds. */
  onWait?: (seconds: number) => void;
}

/**
 * Send a request, and again after each answer of 429 or 503 that says when (`Retry-After`): a few times, after pauses
 * of ten seconds at most, and only where doing it twice is doing it once.
 * @throws what {@link send} throws
 */
export async function sendPatiently(
  request: Request,
  { sign = copyOf, onWait }: Patience = {},
): Promise<Response> {
  for (let sent = 1; ; sent++) {
    const signed = await sign(request);
    try {
      return await send(signed);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const ms = pauseBeforeRetry(error, isRepeatable(request), sent, Math.random());
      if (ms === null) throw error;
      onWait?.(error.retryAfter ?? 0);
      await pause(ms, request.signal);
    }
  }
}

/** A body can be read only once. */
const copyOf = (request: Request) => Promise.resolve(request.clone());

const isRepeatable = ({ method, headers }: Request) =>
  IDEMPOTENT.has(method) || headers.has('idempotency-key');

/**
 * Whether a request is sent once more, and after how long.
 * @param repeatable doing it twice is doing it once
 * @param sent how often it was sent
 * @returns milliseconds, or null for not at all
 */
export function pauseBeforeRetry(
  { code, status, retryAfter }: Pick<ApiProblem, 'code' | 'status' | 'retryAfter'>,
  repeatable: boolean,
  sent: number,
  random: number,
): number | null {
  if (sent >= MOST_SENT || (status !== 503 && status !== 429)) return null;
  // Who is overloaded has not begun; after any other refusal a change may have been made.
  return repeatable || code === 'overloaded' ? askedPause(retryAfter, random) : null;
}

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

/** @throws the signal's reason when it is aborted meanwhile */
const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
