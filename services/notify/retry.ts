const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The pause after each attempt that went wrong; together about a day. */
const pauses = [10_000, 30_000, 2 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR];

/**
 * How long to wait after an attempt that went wrong.
 * @param attempts how many there have been, this one included
 * @returns milliseconds until the next attempt, or null when it is time to give up
 */
export function pauseAfter(attempts: number): number | null {
  return pauses[attempts - 1] ?? null;
}
