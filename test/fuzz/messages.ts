import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import fc from 'fast-check';
import { topics } from '../../lib/contracts.ts';
import { silentLogger } from '../../lib/logger.ts';
import { queuesOf } from '../../lib/queue/rabbitmq-queues.ts';
import { createRabbitQueue } from '../../lib/queue/rabbitmq.ts';
import { eventually } from '../support/eventually.ts';
import { borrowBroker } from '../support/rabbitmq.ts';
import { assert } from './assert.ts';
import { campaign } from './campaign.ts';
import { anyJson, damaged, junk } from './junk.ts';

const TOPIC = 'video.uploaded';
const DELIVERIES = 3;
const PAUSE_MS = 10;

const valid = fc.record({ id: fc.uuid(), videoId: fc.uuid(), extractionId: fc.uuid(), personId: fc.uuid() });
const text = valid.map((message) => JSON.stringify(message));
/** What may lie in a queue: right, of another version, damaged, huge, or anything. */
const inputs = fc.oneof(
  { weight: 4, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc
      .tuple(valid, junk, anyJson)
      .map(([it, name, value]) => JSON.stringify({ ...it, [name]: value })),
  },
  { weight: 2, arbitrary: damaged(text) },
  {
    weight: 2,
    arbitrary: fc.oneof(
      junk,
      anyJson.map((it) => JSON.stringify(it)),
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((size) => `"${'x'.repeat(size * 100_000)}"`) },
);

const isMessage = (content: string): boolean => {
  try {
    return topics[TOPIC].safeParse(JSON.parse(content)).success;
  } catch {
    return false;
  }
};

/**
 * Messages into a real queue with a consumer that can handle no message at all: each must end as a dead letter, the
 * valid ones after the limit, the others at once, and the consumer must live on.
 */
export const queueMessages = campaign<string>('queue-messages', async () => {
  const broker = await borrowBroker();
  const namespace = `fuzz-${randomUUID()}`;
  const queue = createRabbitQueue({ url: broker.url, namespace }, silentLogger, {
    maxDeliveries: DELIVERIES,
    backoffMs: () => PAUSE_MS,
  });
  const names = queuesOf(namespace, TOPIC);
  const deliveries = new Map<string, number>();
  await queue.consume(TOPIC, { concurrency: 8 }, ({ id }) => {
    deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
    throw new Error('A poison message');
  });
  const connection = await amqp.connect(broker.url);
  const channel = await connection.createConfirmChannel();
  const sent = { valid: 0, other: 0 };
  const isThere = () => queue.depth(TOPIC).then(() => channel.checkQueue(names.main.name).then(Boolean));
  await queue.publish(TOPIC, {
    id: randomUUID(),
    videoId: randomUUID(),
    extractionId: randomUUID(),
    personId: randomUUID(),
  });
  sent.valid += 1;
  await eventually(isThere, 'the queue');
  return {
    inputs,
    lanes: 8,
    attack: (content) => {
      const kind = isMessage(content) ? 'valid' : 'other';
      sent[kind] += 1;
      return new Promise((resolve, reject) => {
        channel.sendToQueue(names.main.name, Buffer.from(content), {}, (error: Error | null) =>
          error ? reject(error) : resolve(kind),
        );
      });
    },
    watched: { pid: process.pid, files: () => Promise.resolve([]) },
    settle: async () => {
      const total = sent.valid + sent.other;
      const dead = async () => (await queue.count(TOPIC)).dead;
      await eventually(async () => (await dead()) === total, `${total} dead letters`, 300_000).catch(
        async () => {
          throw new Error(`Of ${total} messages ${await dead()} are dead letters`);
        },
      );
      const handled = [...deliveries.values()].reduce((sum, count) => sum + count, 0);
      assert(handled === sent.valid * DELIVERIES, `${handled} deliveries of ${sent.valid} valid messages`);
      const [letter] = await queue.deadLetters(TOPIC, 1);
      assert(letter !== undefined, 'The dead letters can be read');
      return [
        `dead letters ${total}, of them after ${DELIVERIES} deliveries ${sent.valid}, at once ${sent.other}`,
      ];
    },
    stop: async () => {
      await queue.close();
      for (const { name } of [names.main, names.dead, names.retry(PAUSE_MS)]) await channel.deleteQueue(name);
      await connection.close();
      await broker.stop();
    },
  };
});
