import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from './logger.ts';

/** Pauses of 0.5, 1, 2, 4 and 8 seconds: as long as a restart of a service or a database takes. */
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 8000;

/**
 * Tell the outcome of work that is done and can't be undone: worth some patience when whoever is told is away.
 * @param call tells it; may be repeated
 * @returns what the call that succeeded gave
 * @throws what the last call threw, after half a minute at most
 */
export async function insist<T>(
  call: () => Promise<T>,
  logger: Logger,
  pauseMs = FIRST_PAUSE_MS,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (pauseMs > LAST_PAUSE_MS) throw error;
    logger.warn('An outcome could not be told; trying again', error);
    await pause(pauseMs);
    return insist(call, logger, pauseMs * 2);
  }
}
