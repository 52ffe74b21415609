import type { Channel, ConsumeMessage } from 'amqplib';
import pLimit from 'p-limit';
import { roleIn, SHARED } from '../broker/roles.ts';
import type { Topic } from '../contracts.ts';
import type { Logger } from '../logger.ts';
import { connectTo } from './rabbitmq-connection.ts';
import { startConsumer } from './rabbitmq-consumer.ts';
import { BATCH, DELIVERIES, identity, obituary, peek, take } from './rabbitmq-dead-letters.ts';
import { createPublisher } from './rabbitmq-publisher.ts';
import { openSession } from './rabbitmq-session.ts';
import { createDeclarer, expectQueue } from './rabbitmq-topology.ts';
import { pausesOf, queuesOf } from './rabbitmq-queues.ts';
import { DEAD_LETTERS, defaultPolicy, type Consumer, type WorkQueue } from './work-queue.ts';

interface RabbitOptions {
  /** `amqp://user:password@host:port/vhost` */
  url: string;
  /** Begins every name, so that systems can share a broker. */
  namespace: string;
}

/**
 * The work queue on RabbitMQ 3.10 and later, over a connection that comes back by itself.
 *
 * Each topic has three kinds of quorum queues: `<namespace>.<topic>`, `….dead`, and `….retry.<ms>`, one for each
 * length of pause that the policy asks for. A message leaves one only when the next has confirmed that it is stored.
 * What is no valid message of its topic is buried at once. With a user that all services share, the queues are declared
 * by whoever needs them first; users of their own find them there (`lib/broker/definitions.ts`).
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
  const isRestricted = roleIn(namespace, url) !== SHARED;
  const declare = createDeclarer(isRestricted ? expectQueue : undefined);
  const publisher = createPublisher({ connection, declare, isRestricted }, logger);
  const consumers = new Set<Consumer>();

  const bury = async (topic: Topic, { content, properties }: ConsumeMessage, error: unknown) => {
    logger.error(`A message on ${topic} is given up`, error);
    const headers = obituary(properties, error);
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

  const messagesIn = (topic: Topic, queue: string): Promise<number> =>
    look(topic, 0, async (channel) => (await channel.checkQueue(queue)).messageCount);

  const pauses = pausesOf(policy);

  /** Dead letters that somebody looks at are hidden from others, so that one comes after the other. */
  const inTurn = pLimit(1);

  const putBack = (topic: Topic, wanted: { id: string } | { count: number }): Promise<number> => {
    const { main, dead } = queuesOf(namespace, topic);
    return look(topic, 0, (channel) =>
      take(channel, topic, dead.name, wanted, ({ content, properties }) =>
        publisher.send(main, content, identity(properties)),
      ),
    );
  };

  const putAllBack = async (topic: Topic): Promise<number> => {
    // Not those that are given up again meanwhile.
    const all = await messagesIn(topic, queuesOf(namespace, topic).dead.name);
    let done = 0;
    while (done < all) {
      const count = Math.min(BATCH, all - done);
      const moved = await putBack(topic, { count });
      done += moved;
      if (moved < count) break;
    }
    return done;
  };

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
    depth: (topic) => messagesIn(topic, queuesOf(namespace, topic).main.name),
    count: async (topic) => {
      const queues = queuesOf(namespace, topic);
      const { main, dead } = queues;
      const retrying = pauses.map((pauseMs) => messagesIn(topic, queues.retry(pauseMs).name));
      return {
        waiting: await messagesIn(topic, main.name),
        retrying: (await Promise.all(retrying)).reduce((sum, count) => sum + count, 0),
        dead: await messagesIn(topic, dead.name),
      };
    },
    deadLetters: (topic, limit = DEAD_LETTERS) =>
      inTurn(() =>
        look(topic, [], (channel) => peek(channel, topic, queuesOf(namespace, topic).dead.name, limit)),
      ),
    requeueDead: (topic, id) => inTurn(() => (id === undefined ? putAllBack(topic) : putBack(topic, { id }))),
    purgeDead: (topic, id) =>
      inTurn(() =>
        look(topic, 0, async (channel) => {
          const { name } = queuesOf(namespace, topic).dead;
          if (id === undefined) return (await channel.purgeQueue(name)).messageCount;
          return take(channel, topic, name, { id }, () => Promise.resolve());
        }),
      ),
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await connection.close();
    },
  };
}

const isNotFound = (error: unknown) => error instanceof Error && 'code' in error && error.code === 404;
