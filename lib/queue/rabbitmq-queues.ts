import type { Topic } from '../contracts.ts';
import type { DeliveryPolicy } from './work-queue.ts';

/** A queue as everybody declares it who publishes to it or consumes from it. */
export interface QueueDeclaration {
  name: string;
  /** Reaches it, under its name, whoever may not write to the default exchange; one for all queues of a topic. */
  exchange: string;
  arguments: Record<string, string | number>;
  /** Where its messages go that expire, or were redelivered too often. */
  next?: QueueDeclaration;
}

/** The queues of one topic. */
export interface TopicQueues {
  main: QueueDeclaration;
  dead: QueueDeclaration;
  /** Where a message waits for its next delivery; every length of pause has a queue of its own. */
  retry(pauseMs: number): QueueDeclaration;
}

/**
 * How often RabbitMQ itself may redeliver one publication before it is a dead letter: the end of a message that kills
 * its consumers. Restarts of the broker, lost connections and jobs beyond the consumer timeout count as well, hence
 * the large number. A handler's error doesn't: its retry is a new publication.
 */
export const REDELIVERY_LIMIT = 50;

/** Dead letters are looked at again and again; 4.x would drop a message at the 20th time. */
const UNLIMITED = 1_000_000_000;

/** Not the name of a queue: a user who may write to that could also bind it to other exchanges. */
const exchangeOf = (topic: string) => `${topic}.work`;

const quorumQueue = (
  topic: string,
  kind: '' | `.${string}`,
  extra: QueueDeclaration['arguments'],
): QueueDeclaration => ({
  name: `${topic}${kind}`,
  exchange: exchangeOf(topic),
  arguments: { 'x-queue-type': 'quorum', ...extra },
});

/** Moves with confirmations (3.10 and later): a message leaves the queue only when the next one has it. */
const withNext = (
  topic: string,
  kind: '' | `.${string}`,
  next: QueueDeclaration,
  extra: QueueDeclaration['arguments'],
): QueueDeclaration => ({
  ...quorumQueue(topic, kind, {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': next.name,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
    ...extra,
  }),
  next,
});

/**
 * The queues of a topic. RabbitMQ refuses a declaration that differs from the existing queue, so nothing in it comes
 * from a setting, and 3.10 and 4.x understand all of it.
 */
export function queuesOf(namespace: string, topic: Topic): TopicQueues {
  const name = `${namespace}.${topic}`;
  const dead = quorumQueue(name, '.dead', { 'x-delivery-limit': UNLIMITED });
  const main = withNext(name, '', dead, { 'x-delivery-limit': REDELIVERY_LIMIT });
  return {
    main,
    dead,
    retry: (pauseMs) => withNext(name, `.retry.${pauseMs}`, main, { 'x-message-ttl': pauseMs }),
  };
}

/** Every length of pause that a policy asks for, in milliseconds. */
export const pausesOf = (policy: DeliveryPolicy): number[] => [
  ...new Set(
    Array.from({ length: policy.maxDeliveries - 1 }, (_, failed) => Math.ceil(policy.backoffMs(failed + 2))),
  ),
];
