import type { Channel } from 'amqplib';
import type { Topic } from '../contracts.ts';
import { within } from './rabbitmq-connection.ts';
import type { DeliveryPolicy } from './work-queue.ts';

const DECLARE_MS = 5000;

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

/** Make sure that a queue is there, and before it those that its messages go to. */
export type Declare = (channel: Channel, queue: QueueDeclaration) => Promise<void>;

/**
 * Declares one queue at a time: when two channels declare a new quorum queue at once, 3.10 now and then closes their
 * connection with an internal error. Between processes that remains; they connect and declare again.
 * @param make declares one queue
 */
export function createDeclarer(make = declare): Declare {
  let turn: Promise<unknown> = Promise.resolve();
  return (channel, queue) => {
    const declared = turn.then(() =>
      within(DECLARE_MS, `Declaring ${queue.name}`, () => make(channel, queue)),
    );
    turn = declared.catch(() => undefined);
    return declared;
  };
}

async function declare(channel: Channel, queue: QueueDeclaration): Promise<void> {
  if (queue.next) await declare(channel, queue.next);
  await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
}

/** For those who may not declare queues: they are there since the broker was given its definitions, or this rejects. */
export async function expectQueue(channel: Channel, { name }: QueueDeclaration): Promise<void> {
  await channel.checkQueue(name);
}
