import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import amqp from 'amqplib';
import { eventually } from '../../test/support/eventually.ts';
import { startRabbit, type Rabbit } from '../../test/support/rabbitmq.ts';
import type { Message } from '../contracts.ts';
import { silentLogger } from '../logger.ts';
import { REDELIVERY_LIMIT } from './rabbitmq-queues.ts';
import { createRabbitQueue } from './rabbitmq.ts';
import type { WorkQueue } from './work-queue.ts';

type Uploaded = Message<'video.uploaded'>;

const newMessage = (): Uploaded => ({
  id: randomUUID(),
  videoId: randomUUID(),
  extractionId: randomUUID(),
  personId: randomUUID(),
});

// A broker takes its time to start.
jest.setTimeout(180_000);

const consumerTimeoutMs = 3000;
const policy = { maxDeliveries: 3, backoffMs: () => 200 };

let rabbit: Rabbit;
let namespace: string;
let queue: WorkQueue;
let main: string;

beforeAll(async () => {
  rabbit = await startRabbit({ consumerTimeoutMs });
});
afterAll(() => rabbit.stop());
beforeEach(() => {
  namespace = randomUUID();
  main = `${namespace}.video.uploaded`;
  queue = createRabbitQueue({ url: rabbit.url, namespace }, silentLogger, policy);
});
afterEach(() => queue.close());

const publish = async (count: number) => {
  const messages = Array.from({ length: count }, newMessage);
  for (const message of messages) await queue.publish('video.uploaded', message);
  return messages;
};

/** Consume with a handler that notes what it has handled. */
const handleAll = async (takesMs = 0) => {
  const handled: string[] = [];
  await queue.consume('video.uploaded', { concurrency: 3 }, async ({ id }) => {
    if (takesMs) await pause(takesMs);
    handled.push(id);
  });
  return handled;
};

const missing = (messages: Uploaded[], handled: string[]) =>
  messages.filter(({ id }) => !handled.includes(id)).map(({ id }) => id);

describe('the broker', () => {
  test.each(['stopped', 'killed'])('may be %s and started while messages travel', async (how) => {
    const handled = await handleAll(20);
    const confirmed = await publish(10);
    let refused = 0;
    let travelling = true;
    const travel = async () => {
      while (travelling) {
        const message = newMessage();
        await queue.publish('video.uploaded', message).then(
          () => confirmed.push(message),
          async () => {
            refused += 1;
            await pause(20);
          },
        );
      }
    };
    const travels = [travel(), travel()];
    await eventually(() => handled.length > 10, 'the first messages to be handled');
    if (how === 'killed') await rabbit.kill();
    await rabbit.restart();
    const before = confirmed.length;
    await eventually(() => confirmed.length > before + 10, 'new messages to be taken');
    travelling = false;
    await Promise.all(travels);
    await eventually(() => missing(confirmed, handled).length === 0, 'every confirmed message to be handled');
    expect(refused).toBeLessThan(10);
    expect(await queue.deadLetters('video.uploaded')).toEqual([]);
  });

  test('may be restarted while a message waits for its next delivery', async () => {
    let deliveries = 0;
    await publish(1);
    const consumer = await queue.consume('video.uploaded', { concurrency: 1 }, () => {
      deliveries += 1;
      return deliveries > 1 ? Promise.resolve() : Promise.reject(new Error('not yet'));
    });
    await eventually(() => deliveries === 1, 'the first delivery');
    await consumer.stop();
    await rabbit.restart();
    const handled = await handleAll();
    await eventually(() => handled.length === 1, 'the second delivery');
  });

  test('may be down: publishing rejects in bounded time', async () => {
    await publish(1);
    await rabbit.kill();
    const started = performance.now();
    await expect(queue.publish('video.uploaded', newMessage())).rejects.toThrow(/Publishing|channel/);
    expect(performance.now() - started).toBeLessThan(12_000);
    await rabbit.restart();
    await publish(1);
  });
});

describe('deleted queues', () => {
  test('are there again for consumers and publishers that know nothing of it', async () => {
    const handled = await handleAll();
    const before = await publish(3);
    await eventually(() => missing(before, handled).length === 0, 'the first messages');
    await rabbit.deleteAllQueues();
    const after = await publish(3);
    await eventually(() => missing(after, handled).length === 0, 'the messages after the deletion');
  });

  test('have no depth and no dead letters', async () => {
    expect(await queue.depth('video.failed')).toBe(0);
    expect(await queue.deadLetters('video.failed')).toEqual([]);
  });
});

describe('a job that takes longer than the consumer timeout', () => {
  test.each([1, 2])('runs once and completes once, with a concurrency of %i', async (concurrency) => {
    const [long] = await publish(1);
    const started: string[] = [];
    const ended: string[] = [];
    await queue.consume('video.uploaded', { concurrency }, async ({ id }) => {
      started.push(id);
      if (id === long?.id) await pause(4 * consumerTimeoutMs);
      ended.push(id);
    });
    await eventually(() => started.length === 1, 'the job to start');
    const others = await publish(4);
    await eventually(() => ended.length >= 5, 'all jobs to complete');
    // Whatever the broker still holds would come now.
    const probe = await publish(concurrency);
    await eventually(() => missing(probe, ended).length === 0, 'the probes to be handled');
    await eventually(async () => (await queue.depth('video.uploaded')) === 0, 'an empty queue');
    const all = [long, ...others, ...probe].map((message) => message?.id).sort();
    expect([...started].sort()).toEqual(all);
    expect([...ended].sort()).toEqual(all);
  });
});

describe('a consumer', () => {
  test('that is killed loses nothing: another process gets its messages', async () => {
    const messages = await publish(4);
    const module = new URL('./rabbitmq.ts', import.meta.url).href;
    const script = `
      import { createRabbitQueue } from ${JSON.stringify(module)};
      const options = ${JSON.stringify({ url: rabbit.url, namespace })};
      const queue = createRabbitQueue(options, console);
      queue.consume('video.uploaded', { concurrency: 2 }, ({ id }) => { process.stdout.write(id + '\\n'); return new Promise(() => undefined) });
    `;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let taken = '';
    other.stdout.setEncoding('utf8').on('data', (text: string) => (taken += text));
    await eventually(() => taken.trim().split('\n').length === 2, 'the other process to have two messages');
    const handled = await handleAll();
    await eventually(() => handled.length === 2, 'the other two messages');
    other.kill('SIGKILL');
    await once(other, 'exit');
    await eventually(() => missing(messages, handled).length === 0, 'the messages of the killed process');
    expect(handled).toHaveLength(4);
  });

  test('dies of a message again and again: the message becomes a dead letter', async () => {
    const poison = await publish(1);
    const connection = await amqp.connect(rabbit.url);
    for (let deaths = 0; deaths <= REDELIVERY_LIMIT; deaths += 1) {
      const channel = await connection.createChannel();
      await eventually(() => channel.get(main), 'the message to come again');
      await channel.close();
    }
    await connection.close();
    const handled = await handleAll();
    const dead = () => queue.deadLetters('video.uploaded');
    await eventually(async () => (await dead()).length > 0, 'the message to be a dead letter');
    expect((await dead()).map(({ message }) => message)).toEqual(poison);
    expect(await dead()).toMatchObject([
      { reason: 'RabbitMQ: delivery_limit', valid: true, deliveries: null },
    ]);
    expect(handled).toEqual([]);
  });
});

describe('what is no message of the topic', () => {
  test('is buried at once and does not stop the others', async () => {
    const handled = await handleAll();
    await publish(1);
    const connection = await amqp.connect(rabbit.url);
    const channel = await connection.createChannel();
    const wrong = ['{"half', '{"id": 1}', JSON.stringify({ ...newMessage(), more: true })];
    for (const content of wrong) channel.sendToQueue(main, Buffer.from(content));
    const depth = async () => (await channel.checkQueue(`${main}.dead`)).messageCount;
    await eventually(async () => (await depth()) === wrong.length, 'the dead letters');
    const [good] = await publish(1);
    await eventually(() => handled.includes(good?.id ?? ''), 'the good message');
    expect(handled).toHaveLength(2);
    const letters = await queue.deadLetters('video.uploaded');
    const expected = ['{"half', { id: 1 }, expect.objectContaining({ more: true })];
    expect(letters.map(({ message }) => message)).toEqual(expect.arrayContaining(expected));
    expect(letters.map(({ valid }) => valid)).toEqual([false, false, false]);
    expect(letters[0]?.reason).toMatch('This is no message for video.uploaded');
    expect(await queue.purgeDead('video.uploaded', letters[0]?.id)).toBe(1);
    expect(await queue.deadLetters('video.uploaded')).toEqual(letters.slice(1));
    await connection.close();
  });

  test('no dead letter is lost when the broker is killed while they are put back', async () => {
    const broken = createRabbitQueue({ url: rabbit.url, namespace }, silentLogger, {
      ...policy,
      maxDeliveries: 1,
    });
    await broken.consume('video.uploaded', { concurrency: 10 }, () => Promise.reject(new Error('never')));
    const messages = await publish(100);
    const counts = () => queue.count('video.uploaded');
    await eventually(async () => (await counts()).dead === 100, 'the dead letters');
    await broken.close();
    let moving = true;
    const moved = queue
      .requeueDead('video.uploaded')
      .catch(() => undefined)
      .finally(() => (moving = false));
    await eventually(async () => !moving || (await counts()).waiting > 0, 'the first to be put back');
    await rabbit.kill();
    await rabbit.restart();
    await moved;
    const putBack = () =>
      queue.requeueDead('video.uploaded').then(
        () => true,
        () => false,
      );
    await eventually(putBack, 'the rest to be put back');
    const handled = await handleAll();
    await eventually(() => missing(messages, handled).length === 0, 'every message');
    expect((await counts()).dead).toBe(0);
  });

  test('dead letters stay there, in their order, however often they are looked at', async () => {
    await queue.consume('video.uploaded', { concurrency: 1 }, () => Promise.reject(new Error('never')));
    const messages = [...(await publish(1))];
    const dead = () => queue.deadLetters('video.uploaded');
    await eventually(async () => (await dead()).length === 1, 'the first dead letter');
    messages.push(...(await publish(1)));
    await eventually(async () => (await dead()).length === 2, 'the second dead letter');
    const found = async () => (await dead()).map(({ message }) => message);
    for (let looks = 0; looks < 25; looks += 1) expect(await found()).toEqual(messages);
  });
});
