import { EventEmitter, once } from 'node:events';
import type { Message, Topic } from '../contracts.ts';
import type { Logger } from '../logger.ts';
import { defaultPolicy, type Consumer, type Handler, type WorkQueue } from './work-queue.ts';

interface Delivery {
  message: Message;
  deliveries: number;
}

interface TopicState {
  waiting: Delivery[];
  dead: Message[];
  arrivals: EventEmitter;
}

/**
 * The work queue inside one process. It forgets everything when the process dies: what makes it safe is that its
 * publishers keep their events in a database until the work was done, and publish again what was not.
 * @param logger where failed deliveries are told
 * @param policy how often and how patiently a message is delivered
 */
export function createMemoryQueue(logger: Logger, policy = defaultPolicy): WorkQueue {
  const states = new Map<Topic, TopicState>();
  const consumers = new Set<Consumer>();

  const stateOf = (topic: Topic): TopicState => {
    const known = states.get(topic);
    if (known) return known;
    const fresh: TopicState = { waiting: [], dead: [], arrivals: new EventEmitter().setMaxListeners(0) };
    states.set(topic, fresh);
    return fresh;
  };

  const enqueue = (topic: Topic, delivery: Delivery) => {
    const state = stateOf(topic);
    state.waiting.push(delivery);
    state.arrivals.emit('arrival');
  };

  const giveBack = (topic: Topic, delivery: Delivery, error: unknown) => {
    if (delivery.deliveries >= policy.maxDeliveries) {
      logger.error(`A message on ${topic} is given up after ${delivery.deliveries} deliveries`, error);
      stateOf(topic).dead.push(delivery.message);
      return;
    }
    logger.warn(`A message on ${topic} comes again`, error);
    setTimeout(() => enqueue(topic, delivery), policy.backoffMs(delivery.deliveries + 1)).unref();
  };

  const handle = async (topic: Topic, delivery: Delivery, handler: Handler<Topic>, signal: AbortSignal) => {
    delivery.deliveries += 1;
    try {
      // Like over a network: what a handler does to its copy does not reach the next delivery.
      await handler(structuredClone(delivery.message), signal);
    } catch (error) {
      giveBack(topic, delivery, error);
    }
  };

  const startConsumer = (topic: Topic, concurrency: number, handler: Handler<Topic>): Consumer => {
    const stopping = new AbortController();
    const state = stateOf(topic);
    const work = async () => {
      while (!stopping.signal.aborted) {
        const delivery = state.waiting.shift();
        if (delivery) await handle(topic, delivery, handler, stopping.signal);
        else await once(state.arrivals, 'arrival', { signal: stopping.signal }).catch(() => undefined);
      }
    };
    const workers = Array.from({ length: concurrency }, work);
    const consumer: Consumer = {
      stop: async () => {
        stopping.abort();
        await Promise.all(workers);
        consumers.delete(consumer);
      },
    };
    consumers.add(consumer);
    return consumer;
  };

  return {
    publish: (topic, message) => {
      enqueue(topic, { message: structuredClone<Message>(message), deliveries: 0 });
      return Promise.resolve();
    },
    consume: (topic, { concurrency }, handler) => Promise.resolve(startConsumer(topic, concurrency, handler)),
    depth: (topic) => Promise.resolve(stateOf(topic).waiting.length),
    deadLetters: (topic) => Promise.resolve([...stateOf(topic).dead]),
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
    },
  };
}
