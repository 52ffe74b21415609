import type { Logger } from '../logger.ts';
import { createMemoryQueue } from './memory.ts';
import type { WorkQueue } from './work-queue.ts';

let shared: WorkQueue | undefined;

/**
 * The work queue of this process; all its services share one.
 * @param logger where failed deliveries are told
 */
export function sharedQueue(logger: Logger): WorkQueue {
  return (shared ??= createMemoryQueue(logger));
}
