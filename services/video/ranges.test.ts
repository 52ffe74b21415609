import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job, RangeJob } from '../../lib/contracts.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { createBench, type Bench } from '../../test/support/processor.ts';
import { completion, later, now, openVideos, scheduling } from '../../test/support/videos.ts';
import { complete, fail, release } from './attempts.ts';
import { claim } from './claim.ts';
import { cancelVideo, removeVideo } from './library.ts';
import { endRange, listRanges, renewRange } from './ranges.ts';
import { claimOwnRange, splitExtraction } from './split.ts';
import { sweep } from './sweep.ts';

const videos = await openVideos();
const { db, upload, claimAs, claimed, doomedKeys, events } = videos;
let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
beforeEach(videos.clear);
afterAll(async () => {
  await videos.close();
  await bench.remove();
});

const person = randomUUID();
const thirds = [0, 10, 20].map((first) => ({ first, count: 10 }));
const LEASE_LOST_MS = 31_000;
const queue = createMemoryQueue(silentLogger);

/** An extraction that the worker `w` runs, split into three. */
async function split(ranges = thirds): Promise<Job> {
  await upload(person);
  const job = await claimed();
  await splitExtraction(db, { ...attemptOf(job), ranges }, now);
  return job;
}
const attemptOf = ({ extractionId, attempt }: Job) => ({ extractionId, attempt });

async function helped(at = now, worker = 'helper'): Promise<RangeJob> {
  const work = await claimAs(worker, at);
  if (!work || !('range' in work)) throw new Error('No range to help with');
  return work;
}
const own = (job: Job, at = now) => claimOwnRange(db, { ...attemptOf(job), worker: 'w' }, scheduling, at);
const end = ({ range }: RangeJob, outcome: 'stored' | 'released' | 'refused') =>
  endRange(db, { rangeId: range.id, attempt: range.attempt, outcome });
const stored = async ({ extractionId }: Pick<Job, 'extractionId'>) =>
  (await listRanges(db, extractionId)).map(({ key }) => key !== null);

describe('helping', () => {
  test('gives the ranges to whoever asks, each to one, with all that is needed', async () => {
    const job = await split();
    const [first, second, third] = [await own(job), await helped(), await own(job)];
    expect([first, second, third].map((it) => it?.range.number)).toEqual([0, 1, 2]);
    expect(second).toMatchObject({
      ...{ extractionId: job.extractionId, recipe: job.recipe, source: job.source, leaseSeconds: 30 },
      range: { first: 10, count: 10, total: 30, attempt: 1 },
    });
    expect(await own(job)).toBeNull();
    expect(await claimAs('helper')).toBeNull();
  });

  test('calls idle workers, and no more than can help', async () => {
    await split();
    expect(await events()).toEqual(['video.uploaded', 'video.uploaded', 'video.uploaded']);
  });

  test('delays nobody: what waits in the queue comes first', async () => {
    await split();
    const { videoId } = await upload(randomUUID());
    expect(await claimAs('helper')).toMatchObject({ videoId, attempt: 1 });
    expect((await helped()).range.number).toBe(0);
  });

  test('goes on with the extraction whose source is at hand', async () => {
    const one = await split();
    const other = await split();
    const next = await claim(db, { worker: 'helper', helping: other.extractionId }, scheduling, now);
    expect(next).toMatchObject({ extractionId: other.extractionId });
    expect((await helped()).extractionId).toBe(one.extractionId);
  });

  test('is not for the worker that runs the extraction: it uses all its cores', async () => {
    await split();
    expect(await claimAs('w')).toBeNull();
  });
});

describe('a range', () => {
  test('comes again when its lease runs out, and the late worker changes nothing', async () => {
    const job = await split();
    const lost = await helped();
    const claimedRange = { rangeId: lost.range.id, attempt: 1 };
    expect(await renewRange(db, claimedRange, scheduling, later(20_000))).toEqual({ accepted: true });
    await db.models.extraction.update({ leaseUntil: later(3_600_000) }, { where: {} });
    expect((await own(job, later(40_000)))?.range.number).toBe(1);

    const again = await own(job, later(20_000 + LEASE_LOST_MS));
    expect(again?.range).toMatchObject({ number: 0, attempt: 2 });
    expect(await renewRange(db, claimedRange, scheduling, later(60_000))).toEqual({ accepted: false });
    expect(await end(lost, 'stored')).toEqual({ accepted: false });
    expect(await stored(job)).toEqual([false, false, false]);
  });

  test('is stored once; telling it again changes nothing', async () => {
    const job = await split();
    const range = await helped();
    expect(await doomedKeys()).toContain(range.range.key);
    for (let n = 0; n < 2; n += 1) expect(await end(range, 'stored')).toEqual({ accepted: true });
    expect(await listRanges(db, job.extractionId)).toEqual([
      { number: 0, key: range.range.key, refused: false },
      { number: 1, key: null, refused: false },
      { number: 2, key: null, refused: false },
    ]);
    expect(await doomedKeys()).not.toContain(range.range.key);
  });

  test('that is handed back is free at once', async () => {
    await split();
    await end(await helped(), 'released');
    expect((await helped(now, 'another')).range).toMatchObject({ number: 0, attempt: 2 });
  });

  test('that is refused ends the sharing until the extraction is split anew', async () => {
    const job = await split();
    await end(await helped(), 'refused');
    expect(await claimAs('helper')).toBeNull();
    expect((await listRanges(db, job.extractionId))[0]).toMatchObject({ refused: true });
    await splitExtraction(db, { ...attemptOf(job), ranges: thirds }, now);
    expect((await listRanges(db, job.extractionId)).some(({ refused }) => refused)).toBe(false);
  });
});

describe('what is stored of a split extraction', () => {
  test.each([
    ['whose worker died', () => sweep({ db, store: bench.store, queue, scheduling }, later(LEASE_LOST_MS))],
    ['whose worker shut down', (job: Job) => release(db, attemptOf(job), now)],
  ])('%s is kept for the next attempt at the same split', async (_name, interrupt) => {
    const job = await split();
    const done = await helped();
    await end(done, 'stored');
    await interrupt(job);
    expect(await stored(job)).toEqual([true, false, false]);

    const again = await claimed(later(60_000));
    await splitExtraction(db, { ...attemptOf(again), ranges: thirds }, now);
    expect(await stored(job)).toEqual([true, false, false]);
    expect((await own(again))?.range.number).toBe(1);
  });

  test('goes when the next attempt splits it in another way', async () => {
    const job = await split();
    const done = await helped();
    await end(done, 'stored');
    const halves = [0, 15].map((first) => ({ first, count: 15 }));
    await splitExtraction(db, { ...attemptOf(job), ranges: halves }, now);
    expect(await stored(job)).toEqual([false, false]);
    expect(await doomedKeys()).toContain(done.range.key);
    expect(await end(done, 'stored')).toEqual({ accepted: false });
  });

  test.each([
    ['is completed', (job: Job) => complete(db, completion(job), now)],
    [
      'has failed',
      (job: Job) => fail(db, { ...attemptOf(job), code: 'corrupt_video', retryable: false }, scheduling, now),
    ],
    [
      'comes again after a failure',
      (job: Job) =>
        fail(db, { ...attemptOf(job), code: 'attempts_exhausted', retryable: true }, scheduling, now),
    ],
    ['is canceled', ({ videoId: id }: Job) => cancelVideo(db, { personId: person, id }, now)],
    ['is removed', ({ videoId: id }: Job) => removeVideo(db, { personId: person, id }, now)],
    [
      'is canceled while it waits for its next attempt',
      async (job: Job) => {
        await release(db, attemptOf(job), now);
        await cancelVideo(db, { personId: person, id: job.videoId }, now);
      },
    ],
    [
      'is removed while it waits for its next attempt',
      async (job: Job) => {
        await release(db, attemptOf(job), now);
        await removeVideo(db, { personId: person, id: job.videoId }, now);
      },
    ],
  ])('goes when the extraction %s', async (_name, finish) => {
    const job = await split();
    const [done, running] = [await helped(), await helped()];
    await end(done, 'stored');
    await finish(job);
    expect(await listRanges(db, job.extractionId)).toEqual([]);
    expect(await doomedKeys()).toEqual(expect.arrayContaining([done.range.key, running.range.key]));
    const late = { rangeId: running.range.id, attempt: 1 };
    expect(await renewRange(db, late, scheduling, now)).toEqual({ accepted: false });
  });
});

test('only the worker that runs an extraction may split it and take its ranges', async () => {
  const job = await split();
  const late = { ...job, attempt: job.attempt + 1 };
  expect(await splitExtraction(db, { ...attemptOf(late), ranges: thirds }, now)).toEqual({ accepted: false });
  expect(await own(late)).toBeNull();
});
