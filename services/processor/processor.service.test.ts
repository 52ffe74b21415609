import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ServiceBroker, type Context } from 'moleculer';
import { eventually } from '../../test/support/eventually.ts';
import { footage } from '../../test/support/footage.ts';
import { jobFor } from '../../test/support/processor.ts';
import type { Job } from '../../lib/contracts.ts';
import { silentLogger } from '../../lib/logger.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { createFileStore } from '../../lib/storage/file.ts';
import type { Completion } from './video-port.ts';

let folder: string;
let broker: ServiceBroker;
const waiting: Job[] = [];
const workers: string[] = [];
const completed = Promise.withResolvers<Completion>();

/** The video service as the processor sees it. */
const video = {
  name: 'video',
  actions: {
    claim: (ctx: Context<{ worker: string }>) => {
      workers.push(ctx.params.worker);
      return waiting.shift() ?? null;
    },
    renew: () => ({ accepted: true }),
    complete: (ctx: Context<Completion>) => {
      completed.resolve(ctx.params);
      return { accepted: true };
    },
  },
};

beforeAll(async () => {
  // The configuration is read when the first module asks for it.
  folder = await mkdtemp(join(tmpdir(), 'processor-service-test-'));
  process.env.STORAGE_URL = pathToFileURL(folder).href;
  const { default: processor } = await import('./processor.service.ts');
  broker = new ServiceBroker({ nodeID: 'node-1', logger: false });
  broker.createService(video);
  broker.createService(processor);
  await broker.start();
});
afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const queue = () => sharedQueue({ amqpUrl: undefined, namespace: 'test' })(silentLogger);
const wake = () => {
  const [id, videoId, extractionId, personId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  return queue().publish('video.uploaded', { id, videoId, extractionId, personId });
};

test('a message makes the processor claim a job and complete it', async () => {
  const store = createFileStore(folder);
  waiting.push(await jobFor(store, footage('birds.mp4')));
  await wake();
  const { frameCount, archive } = await completed.promise;
  expect(frameCount).toBe(2);
  expect(await store.head(archive.key)).toMatchObject({ size: archive.size });
  expect(workers).toEqual(['node-1']);
});

test('drained, it takes no work until it is resumed; both may be asked for again', async () => {
  const on = { nodeID: 'node-1' };
  const empty = { paused: true, inHand: 0 };
  const drained = [broker.call('processor.drain', {}, on), broker.call('processor.drain', {}, on)];
  expect(await Promise.all(drained)).toEqual([empty, empty]);
  expect(await broker.call('processor.work')).toEqual(empty);
  await wake();
  expect((await queue().count('video.uploaded')).waiting).toBe(1);
  const before = workers.length;
  for (let times = 0; times < 2; times += 1) {
    expect(await broker.call('processor.resume', {}, on)).toMatchObject({ paused: false });
  }
  await eventually(() => workers.length > before, 'the work that waited');
  await eventually(async () => (await queue().count('video.uploaded')).waiting === 0, 'an empty queue');
  expect(workers).toHaveLength(before + 1);
});

test('it is well when the store and ffmpeg are there', async () => {
  await expect(broker.call('processor.health')).resolves.toEqual({ down: [] });
});
