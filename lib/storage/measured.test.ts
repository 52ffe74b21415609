import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { metrics } from '../metrics.ts';
import { createFileStore } from './file.ts';
import { measuredStore } from './measured.ts';
import type { ObjectStore } from './object-store.ts';

let folder: string;
let store: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-measured-'));
  store = measuredStore(createFileStore(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  metrics.storeSeconds.reset();
  metrics.storeErrors.reset();
});

const errors = async () =>
  (await metrics.storeErrors.get()).values.map((it) => [it.labels.operation, it.value]);
const timed = async () =>
  (await metrics.storeSeconds.get()).values
    .filter((it) => it.metricName?.endsWith('_count'))
    .map((it) => [it.labels.operation, it.value]);

test('what is asked of a store is timed, and what is not there is no fault', async () => {
  await store.put('sources/a', Readable.from(['bytes']));
  expect(await store.head('sources/a')).toMatchObject({ size: 5 });
  await expect(store.get('sources/b')).rejects.toMatchObject({ type: 'not_found' });
  await expect(store.resumable().getUpload('uploads/c')).rejects.toThrow();
  expect(await timed()).toEqual([
    ['put', 1],
    ['head', 1],
    ['get', 1],
    ['getUpload', 1],
  ]);
  expect(await errors()).toEqual([]);
});

test('what it fails at is counted; what its caller ended is not', async () => {
  const broken = () =>
    new Readable({
      read() {
        this.destroy(new Error('broken'));
      },
    });
  await expect(store.put('sources/d', broken())).rejects.toThrow('broken');
  await expect(store.put('sources/e', broken(), AbortSignal.abort())).rejects.toThrow();
  expect(await errors()).toEqual([['put', 1]]);
});
