import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../test/support/eventually.ts';
import type { Message } from '../contracts.ts';
import type { DeliveryPolicy, WorkQueue } from './work-queue.ts';

type Uploaded = Message<'video.uploaded'>;

const newMessage = (): Uploaded => ({
  id: randomUUID(),
  videoId: randomUUID(),
  extractionId: randomUUID(),
  personId: randomUUID(),
});

const ids = (messages: Uploaded[]) => messages.map(({ id }) => id).sort();

/** A handler that keeps every message until it is let go, and knows how many it has in hand. */
function createGate() {
  const seen: Uploaded[] = [];
  const waiting: (() => void)[] = [];
  let open = false;
  let most = 0;
  let inHand = 0;
  return {
    seen,
    inHand: () => inHand,
    most: () => most,
    open: () => {
      open = true;
      for (const release of waiting.splice(0)) release();
    },
    handler: async (message: Uploaded) => {
      seen.push(message);
      inHand += 1;
      most = Math.max(most, inHand);
      if (!open) await new Promise<void>((resolve) => waiting.push(resolve));
      inHand -= 1;
    },
  };
}

/**
 * What every work queue must do.
 * @param name of the adapter
 * @param createQueue an empty queue with this delivery policy
 */
export function workQueueContract(
  name: string,
  createQueue: (policy: DeliveryPolicy) => Promise<WorkQueue>,
): void {
  describe(`${name} as a work queue`, () => {
    let queue: WorkQueue;
    beforeEach(async () => {
      queue = await createQueue({ maxDeliveries: 3, backoffMs: (n) => 100 * (n - 1) });
    });
    afterEach(() => queue.close());

    describe('delivery', () => delivery(() => queue));
    describe('a handler that throws', () => failure(() => queue));
    describe('dead letters', () => deadLetters(() => queue));
    describe('stopping', () => stopping(() => queue));
  });
}

type Queue = () => WorkQueue;

async function publish(queue: Queue, count: number): Promise<Uploaded[]> {
  const messages = Array.from({ length: count }, newMessage);
  for (const message of messages) await queue().publish('video.uploaded', message);
  return messages;
}

function delivery(queue: Queue): void {
  test('brings every message, published before and after the consumer came', async () => {
    const gate = createGate();
    gate.open();
    const early = await publish(queue, 20);
    await queue().consume('video.uploaded', { concurrency: 4 }, gate.handler);
    const late = await publish(queue, 20);
    await eventually(() => gate.seen.length >= 40, 'all messages to arrive');
    expect(ids(gate.seen)).toEqual(ids([...early, ...late]));
    expect(gate.seen).toContainEqual(early[0]);
  });

  test('reaches the concurrency and never exceeds it', async () => {
    const gate = createGate();
    await publish(queue, 12);
    await queue().consume('video.uploaded', { concurrency: 3 }, gate.handler);
    await eventually(() => gate.inHand() === 3, 'three messages in hand');
    gate.open();
    await eventually(() => gate.seen.length === 12, 'all messages to be handled');
    expect(gate.most()).toBe(3);
  });

  test('keeps topics apart', async () => {
    const gate = createGate();
    gate.open();
    await queue().publish('video.failed', { ...newMessage(), filename: 'a.mp4', code: 'no_frames' });
    await queue().consume('video.uploaded', { concurrency: 1 }, gate.handler);
    const messages = await publish(queue, 1);
    await eventually(() => gate.seen.length > 0, 'the message to arrive');
    expect(gate.seen).toEqual(messages);
    expect(await queue().depth('video.failed')).toBe(1);
  });

  test('shares the messages of a topic between its consumers', async () => {
    const [one, two] = [createGate(), createGate()];
    await queue().consume('video.uploaded', { concurrency: 1 }, one.handler);
    await queue().consume('video.uploaded', { concurrency: 1 }, two.handler);
    const messages = await publish(queue, 10);
    await eventually(() => one.inHand() === 1 && two.inHand() === 1, 'both consumers to be busy');
    one.open();
    two.open();
    await eventually(() => one.seen.length + two.seen.length >= 10, 'all messages to be handled');
    expect(ids([...one.seen, ...two.seen])).toEqual(ids(messages));
  });

  test('tells how many messages wait, without those in hand', async () => {
    const gate = createGate();
    await publish(queue, 5);
    await eventually(async () => (await queue().depth('video.uploaded')) === 5, 'a depth of 5');
    await queue().consume('video.uploaded', { concurrency: 2 }, gate.handler);
    await eventually(async () => (await queue().depth('video.uploaded')) === 3, 'a depth of 3');
    gate.open();
    await eventually(async () => (await queue().depth('video.uploaded')) === 0, 'a depth of 0');
  });
}

function failure(queue: Queue): void {
  test('sees the message again, after a pause that grows', async () => {
    const [message] = await publish(queue, 1);
    const deliveries: { at: number; message: Uploaded }[] = [];
    await queue().consume('video.uploaded', { concurrency: 1 }, (received) => {
      deliveries.push({ at: performance.now(), message: { ...received } });
      received.videoId = 'changed by the handler';
      return deliveries.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    });
    await eventually(() => deliveries.length === 3, 'the third delivery');
    const [first = 0, second = 0, third = 0] = deliveries.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(95);
    expect(third - second).toBeGreaterThanOrEqual(195);
    expect(deliveries.map((delivery) => delivery.message)).toEqual([message, message, message]);
    expect(await queue().deadLetters('video.uploaded')).toEqual([]);
  });

  test('does not keep other messages waiting', async () => {
    const [bad, ...good] = await publish(queue, 4);
    const came: Uploaded[] = [];
    await queue().consume('video.uploaded', { concurrency: 1 }, (message) => {
      came.push(message);
      if (message.id === bad?.id) throw new Error('thrown at once');
      return Promise.resolve();
    });
    await eventually(() => came.length >= 4, 'the other messages');
    // Its next try comes behind those that waited with it.
    expect(ids(came.slice(1, 4))).toEqual(ids(good));
  });

  test('never gets the message again after the last delivery: it is a dead letter', async () => {
    const [bad] = await publish(queue, 1);
    let deliveries = 0;
    await queue().consume('video.uploaded', { concurrency: 2 }, () => {
      deliveries += 1;
      return Promise.reject(new Error('never'));
    });
    const dead = async () => (await queue().deadLetters('video.uploaded')).length > 0;
    await eventually(dead, 'the message to be given up');
    expect(deliveries).toBe(3);
    const [letter] = await queue().deadLetters('video.uploaded');
    expect(letter).toMatchObject({ topic: 'video.uploaded', id: bad?.id, message: bad, valid: true });
    expect(letter).toMatchObject({ reason: 'Error: never', deliveries: 3 });
    expect(Math.abs(Date.now() - Date.parse(letter?.diedAt ?? ''))).toBeLessThan(60_000);
    expect(await queue().depth('video.uploaded')).toBe(0);
  });
}

function deadLetters(queue: Queue): void {
  const dead = async () => (await queue().deadLetters('video.uploaded')).map(({ id }) => id);
  const counts = () => queue().count('video.uploaded');

  /** Publish messages that nobody can handle, and wait until they are given up, in their order. */
  const giveUp = async (count: number) => {
    const consumer = await queue().consume('video.uploaded', { concurrency: 1 }, () =>
      Promise.reject(new Error('never')),
    );
    const given: Uploaded[] = [];
    for (let n = 1; n <= count; n += 1) {
      given.push(...(await publish(queue, 1)));
      await eventually(async () => (await dead()).length === n, 'the message to be given up');
    }
    await consumer.stop();
    return given;
  };

  test('are counted, listed and shown; a message between two deliveries is counted apart', async () => {
    expect(await counts()).toEqual({ waiting: 0, retrying: 0, dead: 0 });
    const given = await giveUp(3);
    await publish(queue, 2);
    await eventually(async () => (await counts()).waiting === 2, 'the messages to wait');
    expect(await counts()).toEqual({ waiting: 2, retrying: 0, dead: 3 });
    expect(await dead()).toEqual(given.map(({ id }) => id));
    expect(await queue().deadLetters('video.uploaded', 1)).toMatchObject([{ id: given[0]?.id }]);
    expect(await queue().deadLetters('video.failed')).toEqual([]);

    let failures = 0;
    await queue().consume('video.uploaded', { concurrency: 2 }, () => {
      failures += 1;
      return Promise.reject(new Error('not yet'));
    });
    await eventually(async () => (await counts()).retrying > 0, 'a message in its pause');
    await eventually(() => failures === 6, 'the last deliveries');
  });

  test('are put back one by one or all at once, and are delivered as often as new ones', async () => {
    const given = await giveUp(3);
    expect(await queue().requeueDead('video.uploaded', randomUUID())).toBe(0);
    expect(await queue().requeueDead('video.uploaded', given[1]?.id)).toBe(1);
    expect(await dead()).toEqual([given[0]?.id, given[2]?.id]);

    const deliveries: string[] = [];
    const consumer = await queue().consume('video.uploaded', { concurrency: 1 }, ({ id }) => {
      deliveries.push(id);
      return Promise.reject(new Error('still not'));
    });
    await eventually(async () => (await dead()).length === 3, 'the message to be given up again');
    expect(deliveries).toEqual([given[1]?.id, given[1]?.id, given[1]?.id]);
    await consumer.stop();

    expect(await queue().requeueDead('video.uploaded')).toBe(3);
    expect(await queue().requeueDead('video.uploaded')).toBe(0);
    const gate = createGate();
    gate.open();
    await queue().consume('video.uploaded', { concurrency: 1 }, gate.handler);
    await eventually(() => gate.seen.length === 3, 'the messages that were put back');
    expect(ids(gate.seen)).toEqual(ids(given));
  });

  test('are purged one by one or all at once', async () => {
    const given = await giveUp(3);
    expect(await queue().purgeDead('video.uploaded', given[0]?.id)).toBe(1);
    expect(await queue().purgeDead('video.uploaded', given[0]?.id)).toBe(0);
    expect(await dead()).toEqual([given[1]?.id, given[2]?.id]);
    expect(await queue().purgeDead('video.uploaded')).toBe(2);
    expect(await queue().purgeDead('video.failed')).toBe(0);
    expect(await counts()).toEqual({ waiting: 0, retrying: 0, dead: 0 });
  });
}

function stopping(queue: Queue): void {
  test('aborts the signal and waits until the handlers have settled', async () => {
    await publish(queue, 2);
    const settled: string[] = [];
    let started = 0;
    const consumer = await queue().consume('video.uploaded', { concurrency: 2 }, async ({ id }, signal) => {
      started += 1;
      await once(signal, 'abort');
      await new Promise((resolve) => setImmediate(resolve));
      settled.push(id);
    });
    await eventually(() => started === 2, 'both messages in hand');
    await consumer.stop();
    expect(settled).toHaveLength(2);
    await consumer.stop();
  });

  test('takes no new message, and what waits goes to another consumer', async () => {
    const [first, second] = [createGate(), createGate()];
    second.open();
    const messages = await publish(queue, 10);
    const consumer = await queue().consume('video.uploaded', { concurrency: 2 }, first.handler);
    await eventually(() => first.inHand() === 2, 'two messages in hand');
    const stopped = consumer.stop();
    first.open();
    await stopped;
    expect(first.seen).toHaveLength(2);
    await queue().consume('video.uploaded', { concurrency: 2 }, second.handler);
    await eventually(() => second.seen.length >= 8, 'the rest to be handled');
    expect(ids([...first.seen, ...second.seen])).toEqual(ids(messages));
  });

  test('brings an interrupted message to another consumer', async () => {
    const gate = createGate();
    gate.open();
    const messages = await publish(queue, 1);
    let started = false;
    const consumer = await queue().consume('video.uploaded', { concurrency: 1 }, async (_message, signal) => {
      started = true;
      await once(signal, 'abort');
      throw new Error('interrupted');
    });
    await eventually(() => started, 'the message in hand');
    await consumer.stop();
    await queue().consume('video.uploaded', { concurrency: 1 }, gate.handler);
    await eventually(() => gate.seen.length > 0, 'the interrupted message');
    expect(gate.seen).toEqual(messages);
  });

  test('a closed queue has stopped its consumers', async () => {
    await publish(queue, 1);
    let signal: AbortSignal | undefined;
    await queue().consume('video.uploaded', { concurrency: 1 }, async (_message, stop) => {
      signal = stop;
      await once(stop, 'abort');
    });
    await eventually(() => signal, 'the message in hand');
    await queue().close();
    expect(signal?.aborted).toBe(true);
  });
}
