import { pauseAfter } from '../retry.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** An endpoint that asks for more patience than this is asked again all the same. */
const MAX_RETRY_AFTER_MS = HOUR;
const LAST_REST_MS = 60 * SECOND;

/** What an endpoint must fail, for so long and so often without a single success, to be switched off. */
const MAX_FAILING_MS = 72 * HOUR;
const MIN_FAILURES = 10;

/**
 * How long to wait after an attempt to deliver that went wrong: the schedule of all notifications, and up to a tenth
 * more or less, so that what failed together does not come back together.
 * @param attempts how many there have been, this one included
 * @param retryAfterMs what the endpoint asked for
 * @param random from 0 to 1
 * @returns milliseconds, or null when it is time to give up
 */
export function deliveryPause(
  attempts: number,
  retryAfterMs: number | null,
  random = Math.random(),
): number | null {
  const pause = pauseAfter(attempts);
  if (pause === null) return null;
  return Math.round(Math.max(pause * (0.9 + 0.2 * random), bounded(retryAfterMs)));
}

/**
 * How long an endpoint is left alone after so many attempts in a row that went wrong, whatever else waits for it.
 * @returns milliseconds
 */
export function restAfter(failures: number, retryAfterMs: number | null): number {
  const rest = Math.min(SECOND * 2 ** Math.min(failures - 1, 10), LAST_REST_MS);
  return Math.max(rest, bounded(retryAfterMs));
}

/** Whether an endpoint has failed for so long that nobody can be there any more. */
export function isHopeless(failures: number, failingSince: Date, now: Date): boolean {
  return failures >= MIN_FAILURES && now.getTime() - failingSince.getTime() >= MAX_FAILING_MS;
}

/**
 * What a `Retry-After` header asks for (RFC 9110, section 10.2.3): seconds, or a date.
 * @returns milliseconds, or null when it asks for nothing
 */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const isDate = /^[A-Z][a-z]{2}/.test(header);
  const ms = isDate
    ? Date.parse(header) - now.getTime()
    : /^\d+$/.test(header)
      ? Number(header) * SECOND
      : NaN;
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}

const bounded = (retryAfterMs: number | null) => Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
