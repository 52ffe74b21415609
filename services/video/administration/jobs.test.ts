import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jobQuery } from '../../../lib/administration/requests.ts';
import { completion, later, now, openVideos, scheduling } from '../../../test/support/videos.ts';
import { complete, fail, renew } from '../attempts.ts';
import { retryVideo } from '../again.ts';
import { keepForEver } from '../expiry.ts';
import { cancelVideo } from '../library.ts';
import { cancelJob, requeueJob } from './job-deeds.ts';
import { readJob } from './job-story.ts';
import { listJobs } from './jobs.ts';

const [ana, ben] = [randomUUID(), randomUUID()];
const by = randomUUID();

let videos: Awaited<ReturnType<typeof openVideos>>;
beforeAll(async () => {
  videos = await openVideos();
});
beforeEach(() => videos.clear());
afterAll(() => videos.close());

const list = (query: object = {}, at = now) => listJobs(videos.db, jobQuery.parse(query), at);
const ids = (items: { videoId: string }[]) => items.map(({ videoId }) => videoId);
const requeue = (id: string, at = now, requestId?: string) =>
  requeueJob(videos.db, { id, by }, { retention: keepForEver, now: at, ...(requestId ? { requestId } : {}) });
/** What was written down for the audit log. */
const deeds = async () => {
  const [rows] = await videos.db.sequelize.query(
    `SELECT params FROM durable_calls WHERE action = 'auth.noteDeed' ORDER BY created_at, params->>'at'`,
  );
  return (rows as { params: object }[]).map(({ params }) => params);
};

test('jobs of everybody are listed newest first, page by page, by status, person and age', async () => {
  const made: string[] = [];
  for (const person of [ana, ben, ana, ben, ana]) made.push((await videos.upload(person)).videoId);
  const newest = made.toReversed();
  expect(ids((await list()).items)).toEqual(newest);

  const pages: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await list({ limit: 2, ...(cursor === null ? {} : { cursor }) });
    pages.push(...ids(page.items));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(pages).toEqual(newest);

  await videos.claimed();
  expect(ids((await list({ status: 'processing' })).items)).toEqual([made[0]]);
  expect(ids((await list({ personId: ben })).items)).toEqual([made[3], made[1]]);
  const recent = (await videos.upload(ana, {}, later(60_000))).videoId;
  expect(ids((await list({ maxAgeSeconds: 30 }, later(60_000))).items)).toEqual([recent]);
  expect((await list({ minAgeSeconds: 30 }, later(60_000))).items).toHaveLength(5);
  await expect(list({ cursor: 'none of ours' })).rejects.toMatchObject({ type: 'validation_failed' });
});

test('one job is told with its lease, its ranges, its events and its siblings', async () => {
  const { videoId } = await videos.upload(ana);
  const job = await videos.claimed();
  const [range] = await videos.db.models.range.bulkCreate([
    { id: randomUUID(), extractionId: job.extractionId, number: 0, first: 0, count: 9, worker: 'helper' },
  ]);
  const told = await readJob(videos.db, job.extractionId);
  expect(told).toMatchObject({
    ...{ id: job.extractionId, videoId, personId: ana, filename: 'clip.mp4', status: 'processing' },
    ...{ attempts: 1, failedAttempts: 0, worker: 'w', leaseUntil: later(30_000).toISOString() },
    ...{ createdAt: now.toISOString(), startedAt: now.toISOString(), finishedAt: null, errorCode: null },
    ranges: [{ number: range?.number, first: 0, count: 9, worker: 'helper', stored: false, refused: false }],
    events: [{ topic: 'video.uploaded', createdAt: now.toISOString(), sentAt: null, settledAt: null }],
    siblings: [{ id: job.extractionId, status: 'processing' }],
    source: { size: 10, contentType: 'video/mp4', removedAt: null },
  });
  expect(await readJob(videos.db, videoId)).toEqual(told);
  for (const nobody of [randomUUID(), 'nonsense']) {
    await expect(readJob(videos.db, nobody)).rejects.toMatchObject({ type: 'not_found' });
  }
});

test('a failed job becomes a new one, once for each request; that is written down', async () => {
  const { videoId } = await videos.upload(ana);
  const job = await videos.claimed();
  await fail(videos.db, { ...attemptOf(job), code: 'no_frames', retryable: false }, scheduling, now);
  const requestId = randomUUID();
  expect(await requeue(job.extractionId, now, requestId)).toBe(videoId);
  await requeue(job.extractionId, now, requestId);
  const { items } = await list();
  expect(items.map(({ status }) => status)).toEqual(['queued', 'failed']);
  expect(await videos.claimOne()).toMatchObject({ extractionId: items[0]?.id });
  await expect(requeue(job.extractionId)).rejects.toMatchObject({ type: 'invalid_state' });
  const details = { extractionId: job.extractionId, videoId, was: 'failed' };
  expect(await deeds()).toMatchObject([{ by, deed: 'job_requeued', about: ana, details }]);
});

test('a running job is taken from its worker, which is refused from then on', async () => {
  await videos.upload(ana);
  const job = await videos.claimed();
  await requeue(job.extractionId);
  expect(await readJob(videos.db, job.extractionId)).toMatchObject({
    ...{ status: 'queued', worker: null, leaseUntil: null, failedAttempts: 0 },
    events: [{ topic: 'video.uploaded' }, { topic: 'video.uploaded' }],
  });
  const renewal = { ...attemptOf(job), progress: 50 };
  expect(await renew(videos.db, renewal, scheduling, now)).toEqual({ accepted: false });
  expect(await complete(videos.db, completion(job), now)).toEqual({ accepted: false });
  expect(await videos.claimOne()).toMatchObject({ extractionId: job.extractionId, attempt: 2 });
});

test('a job that waits for its next attempt need not wait any longer', async () => {
  await videos.upload(ana);
  const job = await videos.claimed();
  await fail(videos.db, { ...attemptOf(job), code: 'processing_timeout', retryable: true }, scheduling, now);
  expect(await videos.claimOne()).toBeNull();
  await requeue(job.extractionId);
  expect(await videos.claimOne()).toMatchObject({ attempt: 2 });
});

test('a canceled job runs again; one with frames, or beside another one, does not', async () => {
  const { videoId } = await videos.upload(ana);
  const own = { personId: ana, id: videoId };
  await cancelVideo(videos.db, own, now);
  const [canceled] = (await list()).items;
  await retryVideo(videos.db, own, now);
  await expect(requeue(canceled?.id ?? '')).rejects.toMatchObject({ type: 'invalid_state' });
  const job = await videos.claimed();
  await complete(videos.db, completion(job), now);
  await expect(requeue(job.extractionId)).rejects.toMatchObject({ type: 'invalid_state' });
  await requeue(canceled?.id ?? '');
  expect((await list()).items.map(({ status }) => status)).toEqual(['queued', 'completed', 'canceled']);
  await videos.db.models.extraction.update({ status: 'expired' }, { where: { videoId } });
  await videos.db.models.video.update({ sourceRemovedAt: now }, { where: { id: videoId } });
  await expect(requeue(job.extractionId)).rejects.toMatchObject({ type: 'expired' });
});

test('anybody’s job is canceled, while it waits and while it runs', async () => {
  const { videoId } = await videos.upload(ana);
  await videos.upload(ben);
  const job = await videos.claimed();
  for (const { id } of (await list()).items) await cancelJob(videos.db, { id, by }, { now });
  expect((await list()).items.map(({ status }) => status)).toEqual(['canceled', 'canceled']);
  expect(await renew(videos.db, { ...attemptOf(job), progress: 1 }, scheduling, now)).toEqual({
    accepted: false,
  });
  const again = cancelJob(videos.db, { id: videoId, by }, { now });
  await expect(again).rejects.toMatchObject({ type: 'invalid_state' });
  expect(await deeds()).toHaveLength(2);
});

const attemptOf = ({ extractionId, attempt }: { extractionId: string; attempt: number }) => ({
  extractionId,
  attempt,
});
