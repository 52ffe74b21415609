import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadLetterQuery, retentionSchema } from '../../../lib/administration/requests.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createMemoryQueue } from '../../../lib/queue/memory.ts';
import type { WorkQueue } from '../../../lib/queue/work-queue.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { later, now, openVideos } from '../../../test/support/videos.ts';
import { relay } from '../outbox.ts';
import * as queues from './queues.ts';
import { report } from './retention-report.ts';

const by = 'an operator';
let videos: Awaited<ReturnType<typeof openVideos>>;
let queue: WorkQueue;
beforeAll(async () => {
  videos = await openVideos();
  queue = createMemoryQueue(silentLogger, { maxDeliveries: 1, backoffMs: () => 1 });
});
afterAll(async () => {
  await queue.close();
  await videos.close();
});

test('dead letters are counted, listed, shown, put back and purged; each deed is written down', async () => {
  const needs = { db: videos.db, queue };
  const list = (query = {}) => queues.listDeadLetters(queue, deadLetterQuery.parse(query));
  for (const person of [randomUUID(), randomUUID()]) await videos.upload(person);
  expect(await queues.countQueues(needs, now)).toMatchObject({
    topics: [{ topic: 'video.uploaded', waiting: 0, retrying: 0, dead: 0 }, {}, {}],
    jobs: { queued: 2, due: 2, processing: 0, lost: 0 },
    outbox: { unsent: 2, unsettled: 0 },
  });
  await videos.claimed();
  expect((await queues.countQueues(needs, later(60_000))).jobs).toMatchObject({ processing: 1, lost: 1 });

  const consumer = await queue.consume('video.uploaded', { concurrency: 1 }, () =>
    Promise.reject(new Error('broken')),
  );
  await relay(videos.db, queue);
  const letters = await eventually(async () => {
    const { items } = await list();
    return items.length === 2 && items;
  }, 'the dead letters');
  await consumer.stop();
  const [letter, other] = letters;
  const topic = 'video.uploaded';
  expect((await list({ topic: 'video.failed' })).items).toEqual([]);
  expect((await list({ limit: 1 })).items).toEqual([letter]);
  expect(await queues.findDeadLetter(queue, { topic, id: other?.id ?? '' })).toEqual(other);
  const unknown = { topic, id: 'unknown', by } as const;
  const found = queues.findDeadLetter(queue, { topic, id: 'unknown' });
  await expect(found).rejects.toMatchObject({ type: 'not_found' });
  await expect(queues.requeueDeadLetters(needs, unknown, now)).rejects.toMatchObject({ type: 'not_found' });
  const one = { topic, id: letter?.id, by } as const;
  expect(await queues.requeueDeadLetters(needs, one, now)).toEqual({ count: 1 });
  expect((await queues.countQueues(needs, now)).topics[0]).toMatchObject({ waiting: 1, dead: 1 });
  expect(await queues.purgeDeadLetters(needs, { topic, by }, now)).toEqual({ count: 1 });

  const [rows] = await videos.db.sequelize.query(
    `SELECT params FROM durable_calls WHERE params->>'by' = 'an operator' ORDER BY ctid`,
  );
  expect(rows).toMatchObject([
    { params: { deed: 'dead_letters_requeued', details: { topic, id: 'unknown' } } },
    { params: { deed: 'dead_letters_requeued', details: { topic, id: letter?.id } } },
    { params: { deed: 'dead_letters_purged', details: { topic, id: 'all' }, about: null } },
  ]);
});

test('a work queue that does not answer is said to be unavailable', async () => {
  const away = () => Promise.reject(new Error('no connection'));
  const broken = { ...queue, deadLetters: away, requeueDead: away };
  const query = deadLetterQuery.parse({});
  await expect(queues.listDeadLetters(broken, query)).rejects.toMatchObject({ type: 'unavailable' });
  const wish = { topic: 'video.failed', by } as const;
  const requeued = queues.requeueDeadLetters({ db: videos.db, queue: broken }, wish, now);
  await expect(requeued).rejects.toMatchObject({ type: 'unavailable' });
});

test('a report counts everything and lists the first things', async () => {
  async function* going(count: number) {
    for (let n = 0; n < count; n += 1) {
      await Promise.resolve();
      const about = {
        what: 'archive',
        id: String(n),
        key: null,
        reason: 'expired',
        expiredAt: null,
      } as const;
      yield { ...about, size: 10 } as never;
    }
  }
  const { dryRun, limit } = retentionSchema.parse({ limit: 3 });
  const told = await report([going(2), going(4)], { dryRun, limit });
  expect(told).toMatchObject({ dryRun: true, count: 6, bytes: 60 });
  expect(told.items).toHaveLength(3);
});
