import { setTimeout as pause } from 'node:timers/promises';
import type { ConfirmChannel, Message, Options } from 'amqplib';
import type { Logger } from '../logger.ts';
import { closeChannel, listened, within, type Connection } from './rabbitmq-connection.ts';
import type { Declare } from './rabbitmq-topology.ts';
import type { QueueDeclaration } from './rabbitmq-queues.ts';

const CONFIRM_MS = 10_000;
const RETRY_MS = 200;

/** Sends to queues and knows that they have it. */
export interface Publisher {
  /** Resolves when the broker has stored the message; rejects when it doesn't say so within ten seconds. */
  send(queue: QueueDeclaration, content: Buffer, options: Options.Publish): Promise<void>;
}

/** What a publisher works with. */
export interface PublisherPort {
  connection: Connection;
  declare: Declare;
  /** Whether our user may write to the topics' exchanges only, and not to the default one. */
  isRestricted: boolean;
}

interface Sender {
  channel: ConfirmChannel;
  send: Publisher['send'];
}

/**
 * A publisher on a channel of its own, which is opened again after it was lost. Within its time it tries again what was
 * not confirmed, so a message that the broker had stored already can be there twice.
 */
export function createPublisher(
  { connection, declare, isRestricted }: PublisherPort,
  logger: Logger,
): Publisher {
  let current: Promise<Sender> | undefined;
  const open = (): Promise<Sender> => {
    const opening = connection.connected().then(async (connected) => {
      const channel = listened(await connected.createConfirmChannel(), logger);
      channel.once('close', forget);
      return createSender(channel, declare, isRestricted);
    });
    const forget = () => {
      if (current === opening) current = undefined;
    };
    opening.catch(forget);
    return opening;
  };
  /** A queue that keeps the broker waiting keeps everything on the same channel waiting. */
  const abandon = ({ channel }: Sender) => {
    current = undefined;
    void closeChannel(channel);
  };
  const attempt = async (late: AbortSignal, send: (sender: Sender) => Promise<void>) => {
    const sender = await (current ??= open());
    late.throwIfAborted();
    const giveUp = () => abandon(sender);
    late.addEventListener('abort', giveUp);
    await send(sender).finally(() => late.removeEventListener('abort', giveUp));
  };
  return {
    send: (queue, content, options) =>
      within(CONFIRM_MS, `Publishing to ${queue.name}`, async (late) => {
        for (;;) {
          try {
            await attempt(late, (sender) => sender.send(queue, content, options));
            return;
          } catch (error) {
            late.throwIfAborted();
            logger.warn(`Publishing to ${queue.name} is tried again`, error);
            await pause(RETRY_MS, undefined, { signal: late });
          }
        }
      }),
  };
}

/** Sends on one channel; useless once that is closed. */
function createSender(channel: ConfirmChannel, declare: Declare, isRestricted: boolean): Sender {
  const declared = new Set<string>();
  const returned = new Set<string>();
  let count = 0;
  // Every message that waits for its confirmation listens.
  channel.setMaxListeners(0);
  // The broker confirms a message that no queue takes, but returns it before that.
  channel.on('return', ({ properties }: Message) => returned.add(String(properties.correlationId)));

  const ensure = async (queue: QueueDeclaration) => {
    if (declared.has(queue.name)) return;
    await declare(channel, queue);
    declared.add(queue.name);
  };

  /** Resolves to whether a queue has the message now; without a queue, or with one being deleted, none has. */
  const arrives = async ({ name, exchange }: QueueDeclaration, content: Buffer, options: Options.Publish) => {
    const correlationId = String((count += 1));
    const isConfirmed = await new Promise<boolean>((resolve, reject) => {
      // On closing, amqplib forgets some of the callbacks.
      const closed = () => reject(new Error('The channel was closed before the broker confirmed'));
      channel.once('close', closed);
      const settings = { ...options, persistent: true, mandatory: true, correlationId };
      channel.publish(isRestricted ? exchange : '', name, content, settings, (error: unknown) => {
        channel.off('close', closed);
        resolve(!error);
      });
    });
    return isConfirmed && !returned.delete(correlationId);
  };

  return {
    channel,
    send: async (queue, content, options) => {
      await ensure(queue);
      if (await arrives(queue, content, options)) return;
      declared.delete(queue.name);
      throw new Error('No queue takes the message');
    },
  };
}
