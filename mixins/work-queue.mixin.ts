import type { Service, ServiceSchema } from 'moleculer';
import { topics, type Topic } from '../lib/contracts.ts';
import type { Logger } from '../lib/logger.ts';
import type { Consumer, ConsumeOptions, Handler, WorkQueue } from '../lib/queue/work-queue.ts';

/** The `queues` section of a service schema: what the service does with each message of a topic. */
export type Consumers = { [T in Topic]?: ConsumeOptions & { handler: Handler<T> } };

/**
 * Consumes the topics in the schema's `queues` section while the service runs.
 * @param open gives the work queue; it gets the service's logger
 */
export function workQueue(open: (logger: Logger) => WorkQueue): Partial<ServiceSchema> {
  const consumers: Consumer[] = [];
  const drain = async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  };
  return {
    async started(this: Service) {
      const handled = this.schema.queues ?? {};
      const queue = open(this.logger);
      for (const topic of Object.keys(topics) as Topic[]) {
        consumers.push(...(await consume(queue, topic, handled)));
      }
    },
    stopped: drain,
    methods: {
      /** Also called before any service stops, while the others still answer. */
      drain,
    },
  };
}

async function consume<T extends Topic>(queue: WorkQueue, topic: T, handled: Consumers): Promise<Consumer[]> {
  const section = handled[topic];
  if (!section) return [];
  return [await queue.consume(topic, { concurrency: section.concurrency }, section.handler)];
}
