import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { openStore } from '../../lib/storage/index.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { EMPTY_TABLES, rules, wish } from '../../test/support/videos.ts';
import { getVideo, removeVideo } from './library.ts';
import { migrations } from './migrations.ts';
import { defineModels, type VideoDatabase } from './models.ts';
import { createOutlookReader } from './outlook.ts';
import { sweep, tidy, wakeWorkers } from './sweep.ts';
import { abandonUpload, createVideo, reserveUpload } from './uploads.ts';
import { backoffMs } from './attempts.ts';
import { claim } from './claim.ts';

const scheduling = { leaseSeconds: 30, maxAttempts: 2, maxRunningPerPerson: 100 };
const personId = randomUUID();
const now = new Date('2026-01-01T00:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const LEASE_LOST_MS = 31_000;

let sequelize: Sequelize;
let db: VideoDatabase;
let folder: string;
let store: ObjectStore;
let queue: WorkQueue;
beforeAll(async () => {
  sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
  folder = await mkdtemp(join(tmpdir(), 'video-system-sweep-'));
  store = openStore(pathToFileURL(folder).href);
});
beforeEach(async () => {
  await sequelize.query(EMPTY_TABLES);
  queue = createMemoryQueue(silentLogger);
});
afterAll(async () => {
  await sequelize.close();
  await rm(folder, { recursive: true });
});

const view = () => ({ publicUrl: '', outlooks: createOutlookReader(db) });
const run = (at: Date) => sweep({ db, store, queue, scheduling }, at);
const claimOne = (at: Date) => claim(db, { worker: 'w' }, scheduling, at);

async function upload() {
  const { videoId, key } = await reserveUpload(db, wish(personId), rules, now);
  await store.put(key, Readable.from([Buffer.from('bytes')]));
  const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 5, sha256: 'a'.repeat(64) };
  await createVideo(db, { ...about, videoId, personId, recipe: recipeSchema.parse({}) }, rules, now);
  return { videoId, key };
}

test('an extraction whose worker died comes again after a pause, and is given up at the limit', async () => {
  const { videoId } = await upload();
  await claimOne(now);
  await run(later(LEASE_LOST_MS - 2000));
  expect(await getVideo(db, { personId, id: videoId }, view())).toMatchObject({ status: 'processing' });

  await run(later(LEASE_LOST_MS));
  expect(await getVideo(db, { personId, id: videoId }, view())).toMatchObject({
    status: 'queued',
    attempts: 1,
  });
  const again = later(LEASE_LOST_MS + backoffMs(1));
  expect(await claimOne(again)).toMatchObject({ attempt: 2 });

  await run(new Date(again.getTime() + LEASE_LOST_MS));
  const given = await getVideo(db, { personId, id: videoId }, view());
  expect(given).toMatchObject({ status: 'failed', error: { code: 'attempts_exhausted' } });
  expect(await db.models.outbox.count({ where: { topic: 'video.failed' } })).toBe(1);
});

test('sweeps at once on several replicas count a lost lease once', async () => {
  const { videoId } = await upload();
  await claimOne(now);
  await Promise.all(Array.from({ length: 4 }, () => run(later(LEASE_LOST_MS))));
  const extraction = await db.models.extraction.findOne({ where: { videoId }, rejectOnEmpty: true });
  expect(extraction.failedAttempts).toBe(1);
});

test('lost wake-up calls are made again, and none too many', async () => {
  for (let i = 0; i < 3; i += 1) await upload();
  const wake = (maxRunningPerPerson: number) =>
    wakeWorkers({ db, queue, scheduling: { ...scheduling, maxRunningPerPerson } }, now);
  await wake(2);
  expect(await queue.depth('video.uploaded')).toBe(2);
  await wake(100);
  expect(await queue.depth('video.uploaded')).toBe(3);
  await wake(100);
  expect(await queue.depth('video.uploaded')).toBe(3);
});

test('objects that nothing refers to go, others stay', async () => {
  const kept = await upload();
  const removed = await upload();
  const { videoId, key } = await reserveUpload(db, wish(personId), rules, now);
  await store.put(key, Readable.from([Buffer.from('half')]));
  await abandonUpload(db, videoId, now);
  await removeVideo(db, { personId, id: removed.videoId }, now);

  await run(now);
  expect(await store.head(key)).toBeNull();
  expect(await store.head(removed.key)).toBeNull();
  expect(await store.head(kept.key)).toMatchObject({ size: 5 });
  expect(await db.models.doomedObject.count()).toBe(0);
});

test('an object whose deletion failed stays doomed', async () => {
  const { videoId, key } = await upload();
  await removeVideo(db, { personId, id: videoId }, now);
  const broken = { ...store, delete: () => Promise.reject(new Error('store down')) };
  await expect(sweep({ db, store: broken, queue, scheduling }, now)).rejects.toThrow('store down');
  await run(now);
  expect(await store.head(key)).toBeNull();
});

test('an object that can not be deleted holds up no other', async () => {
  const [stuck, free] = [await upload(), await upload()];
  for (const [n, { videoId }] of [stuck, free].entries()) {
    await removeVideo(db, { personId, id: videoId }, later(n));
  }
  const broken: ObjectStore = {
    ...store,
    delete: (key) => (key === stuck.key ? Promise.reject(new Error('stuck')) : store.delete(key)),
  };
  const runBroken = (at: Date) => sweep({ db, store: broken, queue, scheduling }, at);
  await expect(runBroken(later(1000))).rejects.toThrow('stuck');
  await expect(runBroken(later(2000))).rejects.toThrow('stuck');
  expect(await store.head(free.key)).toBeNull();
  await run(later(3000));
  expect(await store.head(stuck.key)).toBeNull();
  expect(await db.models.doomedObject.count()).toBe(0);
});

test('an upload that nobody finished is forgotten after two days', async () => {
  const { key } = await reserveUpload(db, wish(personId), rules, now);
  await store.put(key, Readable.from([Buffer.from('half')]));
  await run(later(47 * 3600_000));
  expect(await store.head(key)).not.toBeNull();
  await run(later(49 * 3600_000));
  expect(await store.head(key)).toBeNull();
});

test('tidying forgets what arrived and what was used more than a day ago, and nothing else', async () => {
  const { videoId } = await upload();
  const key = { personId, fingerprint: 'f', videoId };
  await db.models.idempotencyKey.create({ ...key, key: 'old', createdAt: now });
  await db.models.idempotencyKey.create({ ...key, key: 'new', createdAt: later(2 * 3600_000) });
  await db.models.outbox.update({ settledAt: now }, { where: {} });
  await upload();
  await tidy({ db, store }, later(25 * 3600_000));
  expect((await db.models.idempotencyKey.findAll()).map((row) => row.key)).toEqual(['new']);
  expect(await db.models.outbox.count()).toBe(1);
});
