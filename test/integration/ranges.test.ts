import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { runNextJob } from '../../services/processor/run-job.ts';
import { MethodFailure } from '../../services/processor/method-failure.ts';
import type { PacketReaders } from '../../services/processor/packets/packet-source.ts';
import type { VideoPort } from '../../services/processor/video-port.ts';
import { cancelVideo } from '../../services/video/library.ts';
import { sweep } from '../../services/video/sweep.ts';
import { createVideo, reserveUpload } from '../../services/video/uploads.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { createBench, digestOf, packets, workerWith, type Bench } from '../support/processor.ts';
import { directPort } from '../support/video-port.ts';
import { openVideos, rules, wish } from '../support/videos.ts';

/** Two workers, real PostgreSQL and real ffmpeg; one long video. */
const videos = await openVideos();
const { db, show } = videos;
const scheduling = { leaseSeconds: 8, maxAttempts: 5, maxRunningPerPerson: 10 };
const forever = new AbortController().signal;
const person = randomUUID();

let bench: Bench;
let clip: string;
beforeAll(async () => {
  bench = await createBench();
  const filter = ['-vf', 'scale=320:180,format=yuv420p'];
  const encoder = ['-c:v', 'libx264', '-g', '25', '-bf', '2'];
  const input = ['-stream_loop', '2', '-i', footage('cockatoo.mp4'), '-an'];
  clip = await bench.make(...input, ...filter, ...encoder, 'long.mp4');
});
beforeEach(videos.clear);
afterAll(async () => {
  await videos.close();
  await bench.remove();
});

/** Each range is about two seconds of the clip. */
const SPLIT = 5;

async function upload(recipe: object): Promise<string> {
  const { videoId, key } = await reserveUpload(db, wish(person), rules, new Date());
  await bench.store.put(key, createReadStream(clip));
  const sha256 = await digestOf(clip);
  const about = { filename: 'long.mp4', contentType: 'video/mp4', size: (await stat(clip)).size, sha256 };
  await createVideo(
    db,
    { ...about, videoId, personId: person, recipe: recipeSchema.parse(recipe) },
    rules,
    new Date(),
  );
  return videoId;
}

/** A worker that is asked for its ports' calls on the way. */
function worker(
  name: string,
  rangeMegapixels = SPLIT,
  change: (port: VideoPort) => Partial<VideoPort> = () => ({}),
  readers: PacketReaders = packets,
) {
  const direct = directPort(db, scheduling);
  const ended: string[] = [];
  const changed = { ...direct, ...change(direct) };
  const port: VideoPort = {
    ...changed,
    endRange: async (end) => {
      const answer = await changed.endRange(end);
      if (answer.accepted) ended.push(end.outcome);
      return answer;
    },
  };
  const it = {
    ...workerWith(port, bench.store, { rangeMegapixels, maxFrames: 5000 }),
    name,
    packets: readers,
  };
  return {
    ended,
    /** Like a worker with a wake-up call at hand. */
    run: () => runNextJob(it, forever),
    /** Like a worker that gets one wake-up call after the other. */
    keepRunning: async (until: Promise<unknown>) => {
      const state = { isOver: false };
      void until.finally(() => (state.isOver = true)).catch(() => undefined);
      await eventually(
        async () => {
          await runNextJob(it, forever);
          return state.isOver;
        },
        `the end of what ${name} helps with`,
        60_000,
      );
    },
  };
}

async function archiveOf(videoId: string) {
  const video = await show(person, videoId);
  expect(video).toMatchObject({ status: 'completed', error: null });
  return { sha256: video.archive?.sha256, size: video.archive?.size, warnings: video.warnings };
}

const unsplitArchives = new Map<string, ReturnType<typeof archiveOf>>();

/** The archive that one worker makes; the tests that share a recipe share it. */
async function unsplit(recipe: object) {
  const name = JSON.stringify(recipe);
  const known = unsplitArchives.get(name);
  if (known) return known;
  const videoId = await upload(recipe);
  await worker('alone', 0).run();
  const archive = archiveOf(videoId);
  unsplitArchives.set(name, archive);
  return archive;
}

describe('two workers at one video', () => {
  test.each([
    ['at an interval', { select: { mode: 'interval', seconds: 0.3 } }],
    [
      'all of a stretch, resized PNG',
      { select: { mode: 'all' }, start: 3, end: 24, format: 'png', maxWidth: 80 },
    ],
    [
      'more often than there are frames',
      { select: { mode: 'interval', seconds: 0.02 }, end: 20, maxWidth: 64 },
    ],
    ['without near-identical ones', { select: { mode: 'interval', seconds: 0.04 }, dedupe: true }],
    ['key frames as WebP', { select: { mode: 'keyframes' }, format: 'webp', quality: 60 }, 1],
  ])('give the archive that one would give: %s', async (_name, recipe, work = SPLIT) => {
    const expected = await unsplit(recipe);
    const videoId = await upload(recipe);
    const [owner, helper] = [worker('owner', work), worker('helper')];
    const owning = owner.run();
    await eventually(async () => (await show(person, videoId)).status === 'processing', 'the owner');
    await helper.keepRunning(owning);
    await owning;
    expect(await archiveOf(videoId)).toEqual(expected);
    expect(owner.ended.length).toBeGreaterThan(0);
    expect(helper.ended.length).toBeGreaterThan(0);
    expect(new Set([...owner.ended, ...helper.ended])).toEqual(new Set(['stored']));
  });

  test('shots are found by one worker', async () => {
    const recipe = { select: { mode: 'scene' } };
    const expected = await unsplit(recipe);
    const videoId = await upload(recipe);
    const owner = worker('owner');
    await owner.run();
    expect(await archiveOf(videoId)).toEqual(expected);
    expect(owner.ended).toEqual([]);
  });
});

const recipe = { select: { mode: 'interval', seconds: 0.2 } };

test('a short video is not split', async () => {
  const videoId = await upload(recipe);
  const owner = worker('owner', 4000);
  await owner.run();
  await archiveOf(videoId);
  expect(owner.ended).toEqual([]);
});

test('a helper that freezes costs its range only', async () => {
  const expected = await unsplit(recipe);
  const videoId = await upload(recipe);
  const never = () => new Promise<never>(() => undefined);
  const frozen = worker('frozen', SPLIT, () => ({ renewRange: never, endRange: never }));
  const owner = worker('owner', SPLIT, (direct) => ({
    split: async (given) => {
      const answer = await direct.split(given);
      void frozen.run();
      await eventually(async () => db.models.range.count({ where: { worker: 'frozen' } }), 'the helper');
      return answer;
    },
  }));
  await owner.run();
  expect(await archiveOf(videoId)).toEqual(expected);
  expect((await show(person, videoId)).attempts).toBe(1);
});

test('the ranges that are stored outlive the worker that runs the extraction', async () => {
  const expected = await unsplit(recipe);
  const videoId = await upload(recipe);
  const dead = () => Promise.reject(new Error('this worker is dead'));
  let claims = 0;
  const first = worker('first', SPLIT, (direct) => ({
    claimRange: (given) => ((claims += 1) > 3 ? dead() : direct.claimRange(given)),
    renew: (given) => (claims > 3 ? dead() : direct.renew(given)),
    complete: dead,
    fail: dead,
    release: dead,
  }));
  await first.run().catch(() => undefined);
  expect(first.ended).toEqual(['stored', 'stored', 'stored']);

  const dependencies = { db, store: bench.store, queue: createMemoryQueue(silentLogger), scheduling };
  await eventually(
    async () => {
      await sweep(dependencies, new Date());
      return (await show(person, videoId)).status === 'queued';
    },
    'the lost lease',
    60_000,
  );
  await db.models.extraction.update({ runAt: new Date() }, { where: { videoId } });
  const ranges = await db.models.range.count();
  const second = worker('second');
  await second.run();
  expect(second.ended).toHaveLength(ranges - 3);
  expect(await archiveOf(videoId)).toEqual(expected);
});

test('when a range can’t be extracted by itself, the extraction is run by one worker', async () => {
  const expected = await unsplit(recipe);
  const videoId = await upload(recipe);
  let feeds = 0;
  const unwilling: PacketReaders = {
    ...packets,
    open: (path, signal) => {
      const source = packets.open(path, signal);
      const feed: typeof source.feed = (units, sink) => {
        // The third range fails in both ways of reading its packets.
        if (![3, 4].includes((feeds += 1))) return source.feed(units, sink);
        sink.end();
        return Promise.reject(new MethodFailure('these packets do not do'));
      };
      return { ...source, feed };
    },
  };
  const owner = worker('owner', SPLIT, undefined, unwilling);
  await owner.run();
  expect(owner.ended).toEqual(['stored', 'stored', 'refused']);
  expect(await archiveOf(videoId)).toEqual(expected);
});

test('a canceled extraction stops its helpers, and nothing of it stays', async () => {
  const videoId = await upload(recipe);
  const owner = worker('owner');
  const owning = owner.run();
  await eventually(async () => db.models.range.count({ where: { attempt: 1 } }), 'the first range');
  await cancelVideo(db, { personId: person, id: videoId }, new Date());
  await owning;
  expect(await show(person, videoId)).toMatchObject({ status: 'canceled', archive: null });
  await sweep(
    { db, store: bench.store, queue: createMemoryQueue(silentLogger), scheduling },
    new Date(Date.now() + 3600_000),
  );
  const kept = await db.models.doomedObject.count();
  expect(kept).toBe(0);
});
