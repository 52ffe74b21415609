import type { Channel, ConsumeMessage, Options } from 'amqplib';
import type { Message, Topic } from '../contracts.ts';
import type { Logger } from '../logger.ts';
import { connectTo } from './rabbitmq-connection.ts';
import { parse, startConsumer } from './rabbitmq-consumer.ts';
import { createPublisher } from './rabbitmq-publisher.ts';
import { openSession } from './rabbitmq-session.ts';
import { createDeclarer, queuesOf } from './rabbitmq-topology.ts';
import { defaultPolicy, type Consumer, type WorkQueue } from './work-queue.ts';

interface RabbitOptions {
  /** `amqp://user:password@host:port/vhost` */
  url: string;
  /** Begins every name, so that systems can share a broker. */
  namespace: string;
}

/** How many handlers have thrown on this message so far. */
const DELIVERIES = 'deliveries';

/**
 * The work queue on RabbitMQ 3.10 and later, over a connection that comes back by itself.
 *
 * Each topic has three kinds of quorum queues: `<namespace>.<topic>`, `….dead`, and `….retry.<ms>`, one for each
 * length of pause that the policy asks for. A message leaves one only when the next has confirmed that it is stored.
 * What is no valid message of its topic is buried at once; `deadLetters` tells only of the valid ones.
 * @param options where the broker is
 * @param logger where failed deliveries and lost connections are told
 * @param policy how often and how patiently a message is delivered
 */
export function createRabbitQueue(
  { url, namespace }: RabbitOptions,
  logger: Logger,
  policy = defaultPolicy,
): WorkQueue {
  const connection = connectTo(url, logger);
  const declare = createDeclarer();
  const publisher = createPublisher(connection, declare, logger);
  const consumers = new Set<Consumer>();

  const bury = async (topic: Topic, { content, properties }: ConsumeMessage, error: unknown) => {
    logger.error(`A message on ${topic} is given up`, error);
    const headers = { ...properties.headers, error: String(error).slice(0, 1000) };
    await publisher.send(queuesOf(namespace, topic).dead, content, { ...identity(properties), headers });
  };

  const retry = async (topic: Topic, delivery: ConsumeMessage, error: unknown) => {
    const deliveries = Number(delivery.properties.headers?.[DELIVERIES] ?? 0) + 1;
    if (deliveries >= policy.maxDeliveries) return bury(topic, delivery, error);
    logger.warn(`A message on ${topic} comes again`, error);
    const pauseMs = Math.ceil(policy.backoffMs(deliveries + 1));
    const headers = { [DELIVERIES]: deliveries };
    const { content, properties } = delivery;
    await publisher.send(queuesOf(namespace, topic).retry(pauseMs), content, {
      ...identity(properties),
      headers,
    });
  };

  const look = <T>(topic: Topic, absent: T, work: (channel: Channel) => Promise<T>): Promise<T> =>
    connection.withChannel(`Looking into ${topic}`, work).catch((error: unknown) => {
      if (isNotFound(error)) return absent;
      throw error;
    });

  return {
    publish: async (topic, message) => {
      const content = Buffer.from(JSON.stringify(message));
      const { main } = queuesOf(namespace, topic);
      await publisher.send(main, content, { messageId: message.id, contentType: 'application/json' });
    },
    consume: (topic, { concurrency }, handler) => {
      const consumer = startConsumer(topic, concurrency, handler, {
        openSession: (stopping) =>
          openSession({ connection, declare }, queuesOf(namespace, topic).main, stopping, logger),
        retry: (delivery, error) => retry(topic, delivery, error),
        bury: (delivery, error) => bury(topic, delivery, error),
        logger,
      });
      consumers.add(consumer);
      return Promise.resolve(consumer);
    },
    depth: (topic) =>
      look(topic, 0, async (channel) => {
        const { messageCount } = await channel.checkQueue(queuesOf(namespace, topic).main.name);
        return messageCount;
      }),
    deadLetters: (topic) =>
      look(topic, [], (channel) => peek(channel, topic, queuesOf(namespace, topic).dead.name)),
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await connection.close();
    },
  };
}

const identity = ({ messageId, contentType }: Options.Publish) => ({ messageId, contentType });

const isNotFound = (error: unknown) => error instanceof Error && 'code' in error && error.code === 404;

/** Take all messages without acknowledging them: closing the channel puts them back in their order. */
async function peek(channel: Channel, topic: Topic, queue: string): Promise<Message[]> {
  const messages: Message[] = [];
  await channel.checkQueue(queue);
  for (;;) {
    const found = await channel.get(queue);
    if (!found) return messages;
    const message = parse(topic, found);
    if (!(message instanceof Error)) messages.push(message);
  }
}
