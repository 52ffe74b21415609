import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { Message } from '../../lib/contracts.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { completion, later, now, openVideos } from '../../test/support/videos.ts';
import { complete } from './attempts.ts';
import { record, relayBatch, resendUnsettled, settle, traceOf } from './outbox.ts';

const videos = await openVideos();
const { db, upload, claimed, events } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const about = { videoId: randomUUID(), personId: randomUUID(), extractionId: randomUUID() };

test('the outbox tells of nothing that was rolled back', async () => {
  const change = db.sequelize.transaction(async (transaction) => {
    await record(db, 'video.uploaded', about, now, transaction);
    throw new Error('the change failed');
  });
  await expect(change).rejects.toThrow('the change failed');
  expect(await events()).toEqual([]);
});

test('the outbox knows the trace of each extraction’s request', async () => {
  const traces = [{ traceparent: 'one' }, { traceparent: 'other' }];
  const extractions = [randomUUID(), randomUUID()];
  for (const [n, extractionId] of extractions.entries()) {
    const event = { id: randomUUID(), topic: 'video.uploaded' as const, createdAt: now };
    const message = { ...about, extractionId, id: event.id };
    await db.models.outbox.create({ ...event, message, trace: traces[n] ?? null });
  }
  expect(await Promise.all(extractions.map((id) => traceOf(db, id)))).toEqual(traces);
  expect(await traceOf(db, randomUUID())).toBeNull();
});

const queued = () => createMemoryQueue(silentLogger);

test('the outbox publishes each event once, also when replicas relay at once', async () => {
  const person = randomUUID();
  for (let i = 0; i < 20; i += 1) await upload(person);
  const queue = queued();
  await Promise.all([relayBatch(db, queue, now), relayBatch(db, queue, now), relayBatch(db, queue, now)]);
  await relayBatch(db, queue, now);
  expect(await queue.depth('video.uploaded')).toBe(20);
});

test('the outbox publishes an outcome again until somebody confirms it', async () => {
  await upload(randomUUID());
  await complete(db, completion(await claimed()), now);
  const queue = queued();
  await relayBatch(db, queue, now);
  await relayBatch(db, queue, later(30_000));
  expect(await queue.depth('video.processed')).toBe(1);
  await relayBatch(db, queue, later(61_000));
  expect(await queue.depth('video.processed')).toBe(2);

  const event = await db.models.outbox.findOne({
    where: { topic: 'video.processed' },
    rejectOnEmpty: true,
  });
  await settle(db, (event.message as Message<'video.processed'>).id, now);
  await resendUnsettled(db);
  await relayBatch(db, queue, later(300_000));
  expect(await queue.depth('video.processed')).toBe(2);
});

test('the outbox keeps an event whose publishing failed', async () => {
  await upload(randomUUID());
  const down = { ...queued(), publish: () => Promise.reject(new Error('down')) };
  await expect(relayBatch(db, down, now)).rejects.toThrow('down');
  const queue = queued();
  await relayBatch(db, queue, now);
  expect(await queue.depth('video.uploaded')).toBe(1);
});
