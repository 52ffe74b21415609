import type { Logger } from '../../../lib/logger.ts';
import type { Load } from './load.ts';

/** How often {@link createShedTeller}'s function is to be called. */
export const TELL_MS = 10_000;

/** Make the function that says how many requests were refused since it was last called, if there were any. */
export function createShedTeller(load: Pick<Load, 'state'>, logger: Logger): () => Promise<void> {
  let told = 0;
  return () => {
    const { shed, waiting, limit } = load.state();
    const all = shed.gateway + shed.action;
    if (all > told) {
      logger.warn(
        `Overloaded: ${all - told} requests were refused of late; ${waiting} calls wait, ${limit} may`,
      );
    }
    told = all;
    return Promise.resolve();
  };
}
