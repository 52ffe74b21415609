import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { partKey, type Job } from '../../lib/contracts.ts';
import { completion, later, now, openVideos } from '../../test/support/videos.ts';
import { complete, fail } from './attempts.ts';
import { shareFrames } from './live-frames.ts';
import { findFinishedFrame, listFinishedFrames } from './results.ts';

const videos = await openVideos();
const { db, upload, claimed, doomedKeys } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const personId = randomUUID();
const frame = (n: number) => ({ timeSeconds: n / 10, sourceIndex: n, size: 100 + n });
const part = ({ extractionId, attempt }: Job, number: number, frames: number[]) => ({
  ...{ extractionId, attempt, part: number },
  frames: frames.map(frame),
});

async function running() {
  const { videoId } = await upload(personId);
  const job = await claimed();
  await shareFrames(db, part(job, 1, [0, 1, 2]), now);
  await shareFrames(db, part(job, 2, [3, 4]), now);
  return { job, own: { personId, id: videoId } };
}

test('finished frames are listed in order, page by page', async () => {
  const { own } = await running();
  const first = await listFinishedFrames(db, { ...own, cursor: 0, limit: 2 });
  expect(first).toEqual({
    total: 5,
    items: [
      { index: 1, ...frame(0) },
      { index: 2, ...frame(1) },
    ],
  });
  const rest = await listFinishedFrames(db, { ...own, cursor: 2, limit: 10 });
  expect(rest.items.map(({ index, sourceIndex }) => [index, sourceIndex])).toEqual([
    [3, 2],
    [4, 3],
    [5, 4],
  ]);
});

test('a frame is found in its part', async () => {
  const { job, own } = await running();
  const key = partKey(job.extractionId, job.attempt, 2);
  expect(await findFinishedFrame(db, { ...own, index: 5 })).toEqual({
    key,
    offset: 103,
    size: 104,
    format: 'jpg',
  });
  await expect(findFinishedFrame(db, { ...own, index: 6 })).rejects.toMatchObject({ type: 'not_ready' });
});

test('a part that is told twice is there once', async () => {
  const { job, own } = await running();
  await shareFrames(db, part(job, 2, [3, 4]), now);
  expect((await listFinishedFrames(db, { ...own, cursor: 0, limit: 10 })).total).toBe(5);
});

test('a late worker shares nothing', async () => {
  const { job } = await running();
  const late = { ...part(job, 3, [5]), attempt: job.attempt + 1 };
  expect(await shareFrames(db, late, now)).toEqual({ accepted: false });
});

test('when the attempt ends, nothing is listed any more and the parts go', async () => {
  const { job, own } = await running();
  const keys = [1, 2].map((number) => partKey(job.extractionId, job.attempt, number));
  await complete(db, completion(job), now);
  await expect(listFinishedFrames(db, { ...own, cursor: 0, limit: 10 })).rejects.toMatchObject({
    type: 'not_ready',
  });
  expect(await db.models.framePart.count()).toBe(0);
  expect(await doomedKeys()).toEqual(keys);
});

test('the next attempt begins without the frames of the one before', async () => {
  const { job, own } = await running();
  const { extractionId, attempt } = job;
  await fail(
    db,
    { extractionId, attempt, code: 'attempts_exhausted', retryable: true },
    { leaseSeconds: 30, maxAttempts: 3, maxRunningPerPerson: 9 },
    now,
  );
  await claimed(later(60_000));
  expect((await listFinishedFrames(db, { ...own, cursor: 0, limit: 10 })).total).toBe(0);
});
