import { setTimeout as pause } from 'node:timers/promises';

/**
 * Wait for a state.
 * @param look gives the state, or undefined/false while it isn't there
 * @param what is being waited for; stands in the error when it doesn't come
 * @param withinMs how long to wait at most
 */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  what: string,
  withinMs = 240_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await pause(50);
  }
}
