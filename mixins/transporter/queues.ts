import type { Channel, ConsumeMessage, Options } from 'amqplib';
import type { Packet } from 'moleculer';
import type { Route } from './routes.ts';

/** A queue that this process takes messages from. */
export interface Subscription {
  /** The kind of packet, in Moleculer's protocol: REQ, RES, INFO, … */
  cmd: string;
  queue: string;
  /** All replicas of a service take from this queue; otherwise it is this process's own. */
  shared: boolean;
  /** The exchange that its packets come through, if not through the default one, and under which key. */
  from: Route;
}

/** Longer than any request waits, and than a broker takes to restart. */
const UNUSED_OWN_MS = 2 * 60_000;
/** Longer than an outage of a whole service; all that waits in the queue expires long before. */
const UNUSED_SHARED_MS = 24 * 3_600_000;

/**
 * How a queue is declared. A queue that exists cannot be declared in another way: whoever changes this has to change
 * the queues' names, too.
 *
 * Shared queues stay while there is no consumer, so that requests wait there for the next one. A process's queues of
 * requests and answers stay while it has lost its connection. Its others go at once, because news of yesterday would
 * bring dead nodes back to life; `expires` is for those that a broker restored and nobody ever took from again.
 */
function queueOptions({ cmd, shared }: Subscription): Options.AssertQueue {
  if (shared) return { durable: true, expires: UNUSED_SHARED_MS };
  return { durable: true, expires: UNUSED_OWN_MS, autoDelete: !isConversation(cmd) };
}

/** Whether messages are acknowledged after they have been handled; the others are gone when they are sent to us. */
export const isAcknowledged = ({ cmd, shared }: Subscription) => shared || isConversation(cmd);

/**
 * Declare a queue and take its messages.
 * @param onMessage gets each message
 * @param onCancel called when the broker ends this, for instance because somebody deleted the queue
 * @returns the consumer's tag
 */
export async function consume(
  channel: Channel,
  subscription: Subscription,
  onMessage: (message: ConsumeMessage) => void,
  onCancel: () => void,
): Promise<string> {
  const { queue, from } = subscription;
  await channel.assertQueue(queue, queueOptions(subscription));
  await channel.bindQueue(queue, from.exchange, from.key);
  const take = (message: ConsumeMessage | null) => (message ? onMessage(message) : onCancel());
  const { consumerTag } = await channel.consume(queue, take, { noAck: !isAcknowledged(subscription) });
  return consumerTag;
}

type PlainPacket = Pick<Packet.Packet<Packet.PacketPayload>, 'type' | 'payload'>;

/** Who sends, and how long its callers wait who do not say it; 0 is for ever. */
interface Sender {
  userId: string;
  requestTimeoutMs: number;
}

/**
 * How a packet is sent. Nothing outlives its use: no request is handled for a caller who has gone. For the same reason
 * nothing is written to disk, since callers are told long before a broker has restarted.
 */
export function messageOptions(
  { type, payload }: PlainPacket,
  { userId, requestTimeoutMs }: Sender,
): Options.Publish {
  const waits =
    'timeout' in payload && typeof payload.timeout === 'number' ? payload.timeout : requestTimeoutMs;
  return {
    // RabbitMQ vouches for it: it refuses another user's name.
    userId,
    // A request that no queue takes comes back at once.
    mandatory: type === 'REQ',
    ...(waits > 0 ? { expiration: Math.ceil(waits) } : {}),
  };
}

const isConversation = (cmd: string) => cmd === 'REQ' || cmd === 'RES';
