import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { createMemoryQueue } from './memory.ts';
import { createRabbitQueue } from './rabbitmq.ts';
import { tracedQueue } from './traced.ts';
import type { WorkQueue } from './work-queue.ts';

let shared: WorkQueue | undefined;

/**
 * The work queue of this process; all its services share one, made when the first of them opens it.
 * @param config with `amqpUrl` it is RabbitMQ's, without it the one in memory
 */
export function sharedQueue({ amqpUrl, namespace }: Pick<Config, 'amqpUrl' | 'namespace'>) {
  return (logger: Logger): WorkQueue =>
    (shared ??= tracedQueue(
      amqpUrl === undefined
        ? createMemoryQueue(logger)
        : createRabbitQueue({ url: amqpUrl, namespace }, logger),
    ));
}

/** Close the process's queue, if one was opened. */
export async function closeSharedQueue(): Promise<void> {
  const closing = shared?.close();
  shared = undefined;
  await closing;
}
