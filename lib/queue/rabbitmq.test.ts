import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import amqp from 'amqplib';
import { borrowBroker } from '../../test/support/rabbitmq.ts';
import { topics, type Topic } from '../contracts.ts';
import { silentLogger } from '../logger.ts';
import { queuesOf } from './rabbitmq-queues.ts';
import { createRabbitQueue } from './rabbitmq.ts';
import { workQueueContract } from './work-queue.contract.ts';

const namespaces: string[] = [];
let broker: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  broker = await borrowBroker();
});
afterAll(async () => {
  await removeQueues();
  await broker.stop();
});

workQueueContract('RabbitMQ', (policy) => {
  const namespace = randomUUID();
  namespaces.push(namespace);
  return Promise.resolve(createRabbitQueue({ url: broker.url, namespace }, silentLogger, policy));
});

async function removeQueues(): Promise<void> {
  const connection = await amqp.connect(broker.url);
  const channel = await connection.createChannel();
  for (const namespace of namespaces) {
    for (const topic of Object.keys(topics) as Topic[]) {
      const queues = queuesOf(namespace, topic);
      const pauses = [100, 200].map((ms) => queues.retry(ms));
      for (const { name } of [queues.main, queues.dead, ...pauses]) await channel.deleteQueue(name);
    }
  }
  await connection.close();
}
