import { EventEmitter, once } from 'node:events';
import type { Message, Topic } from '../contracts.ts';
import type { Logger } from '../logger.ts';
import {
  DEAD_LETTERS,
  defaultPolicy,
  type Consumer,
  type DeadLetter,
  type Handler,
  type WorkQueue,
} from './work-queue.ts';

interface Delivery {
  message: Message;
  deliveries: number;
}

interface TopicState {
  waiting: Delivery[];
  /** How many are in the pause after a failed delivery. */
  retrying: number;
  dead: { letter: DeadLetter; message: Message }[];
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
    const fresh: TopicState = {
      waiting: [],
      retrying: 0,
      dead: [],
      arrivals: new EventEmitter().setMaxListeners(0),
    };
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
      const { message } = delivery;
      stateOf(topic).dead.push({ letter: letterOf(topic, delivery, error), message });
      return;
    }
    logger.warn(`A message on ${topic} comes again`, error);
    const state = stateOf(topic);
    state.retrying += 1;
    const comeAgain = () => {
      state.retrying -= 1;
      enqueue(topic, delivery);
    };
    setTimeout(comeAgain, policy.backoffMs(delivery.deliveries + 1)).unref();
  };

  /** Take dead letters out: one, or all. */
  const takeDead = (topic: Topic, id?: string): Message[] => {
    const state = stateOf(topic);
    const [taken, left] = [true, false].map((wanted) =>
      state.dead.filter(({ letter }) => (id === undefined || letter.id === id) === wanted),
    );
    state.dead = left ?? [];
    return (taken ?? []).map(({ message }) => message);
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
    count: (topic) => {
      const { waiting, retrying, dead } = stateOf(topic);
      return Promise.resolve({ waiting: waiting.length, retrying, dead: dead.length });
    },
    deadLetters: (topic, limit = DEAD_LETTERS) =>
      Promise.resolve(
        stateOf(topic)
          .dead.slice(0, limit)
          .map(({ letter }) => letter),
      ),
    requeueDead: (topic, id) => {
      const taken = takeDead(topic, id);
      for (const message of taken) enqueue(topic, { message, deliveries: 0 });
      return Promise.resolve(taken.length);
    },
    purgeDead: (topic, id) => Promise.resolve(takeDead(topic, id).length),
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
    },
  };
}

function letterOf(topic: Topic, { message, deliveries }: Delivery, error: unknown): DeadLetter {
  const diedAt = new Date().toISOString();
  return { topic, id: message.id, message, valid: true, reason: String(error), diedAt, deliveries };
}
