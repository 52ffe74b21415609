import type { Channel } from 'amqplib';
import { within } from './rabbitmq-connection.ts';
import type { QueueDeclaration } from './rabbitmq-queues.ts';

const DECLARE_MS = 5000;

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
