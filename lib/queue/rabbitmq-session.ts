import { EventEmitter, once } from 'node:events';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from '../logger.ts';
import { closeChannel, listened, within, type Connection } from './rabbitmq-connection.ts';
import type { Declare } from './rabbitmq-topology.ts';
import type { QueueDeclaration } from './rabbitmq-queues.ts';

const OPEN_MS = 30_000;

/**
 * A consumer on a channel of its own, with one message at a time. A session that is lost (connection, channel or queue
 * gone) stays lost; what it had not acknowledged is delivered again, to whoever consumes.
 */
export interface Session {
  /** The next message; undefined when the session is lost or to be stopped. */
  next(): Promise<ConsumeMessage | undefined>;
  isLost(): boolean;
  /** Does nothing on a lost session. */
  ack(delivery: ConsumeMessage): void;
  /** Have it delivered again at once; does nothing on a lost session. */
  giveBack(delivery: ConsumeMessage): void;
  close(): Promise<void>;
}

/**
 * Declare a queue and consume from it.
 * @param stopping aborted when no new message is wanted
 */
export async function openSession(
  { connection, declare }: { connection: Connection; declare: Declare },
  queue: QueueDeclaration,
  stopping: AbortSignal,
  logger: Logger,
): Promise<Session> {
  const channel = listened(await (await connection.connected()).createChannel(), logger);
  const changes = new EventEmitter();
  let arrived: ConsumeMessage | undefined;
  let isLost = false;
  const lose = () => {
    isLost = true;
    changes.emit('change');
  };
  channel.once('close', lose);
  const answer = (send: () => void) => {
    if (isLost) return;
    try {
      send();
    } catch (error) {
      // The connection is being closed, and the channel with it.
      logger.debug('A message cannot be acknowledged any more', error);
      lose();
    }
  };
  const receive = (message: ConsumeMessage | null) => {
    // Without a message: the broker has cancelled the consumer, because its queue is gone.
    if (!message) lose();
    else arrived = message;
    changes.emit('change');
  };
  try {
    await within(OPEN_MS, `Consuming from ${queue.name}`, async () => {
      await declare(channel, queue);
      await consume(channel, queue.name, stopping, receive);
    });
  } catch (error) {
    await closeChannel(channel);
    throw error;
  }
  return {
    next: async () => {
      while (!arrived && !isLost && !stopping.aborted) {
        await once(changes, 'change', { signal: stopping }).catch(() => undefined);
      }
      const message = isLost || stopping.aborted ? undefined : arrived;
      arrived = undefined;
      return message;
    },
    isLost: () => isLost,
    ack: (delivery) => answer(() => channel.ack(delivery)),
    giveBack: (delivery) => answer(() => channel.nack(delivery)),
    close: () => closeChannel(channel),
  };
}

async function consume(
  channel: Channel,
  queue: string,
  stopping: AbortSignal,
  receive: (message: ConsumeMessage | null) => void,
): Promise<void> {
  await channel.prefetch(1);
  const { consumerTag } = await channel.consume(queue, receive);
  // Or the acknowledgement of the last message would bring another one.
  const cancel = () => void channel.cancel(consumerTag).catch(() => undefined);
  stopping.addEventListener('abort', cancel, { once: true });
  channel.once('close', () => stopping.removeEventListener('abort', cancel));
}
