import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recipeSchema } from '../../lib/recipe.ts';
import { completion, later, now, openVideos, rules, wish } from '../../test/support/videos.ts';
import { extractAgain, retryVideo } from './again.ts';
import { complete } from './attempts.ts';
import { keepForEver } from './expiry.ts';
import { cancelVideo, removeVideo } from './library.ts';
import { readUsage, type Quotas } from './quotas.ts';
import { holdUpload, LEASE_MS } from './upload-leases.ts';
import { abandonUpload, createVideo, reserveUpload } from './uploads.ts';

const videos = await openVideos();
const { db, upload, claimed } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const person = randomUUID();
const limited = (quotas: Partial<Quotas>) => ({ ...rules, quotas: { ...rules.quotas, ...quotas } });
const reserve = (quotas: Partial<Quotas>, size: number | null = 10, at = now, kind = 'plain') =>
  reserveUpload(db, { ...wish(person), kind: kind as 'plain', size }, limited(quotas), at);
const usage = async (at = now) => readUsage(db, person, rules.quotas, at);
const about = { filename: 'clip.mp4', contentType: 'video/mp4', sha256: 'a'.repeat(64) };
const whole = (videoId: string, size: number) => ({
  ...{ ...about, videoId, size, personId: person },
  recipe: recipeSchema.parse({}),
});

test('what a person uses is told: sources, archives, uploads on their way', async () => {
  await upload(person);
  await complete(db, completion(await claimed()), now);
  await reserve({}, 7);
  await upload(randomUUID());
  expect(await usage()).toEqual({
    storedBytes: { used: 10 + 100 + 7, limit: 1e12 },
    videosPerDay: { used: 1, limit: 1000, resetsAt: '2026-01-02T00:00:00.000Z' },
    concurrentUploads: { used: 1, limit: 100 },
    fileBytes: { limit: 1e10 },
  });
});

describe('stored bytes', () => {
  test('a file that does not fit is refused, with what and how much; deleting makes room', async () => {
    const { videoId } = await upload(person);
    await expect(reserve({ storedBytes: 19 })).rejects.toMatchObject({
      type: 'quota_exceeded',
      data: { quota: { name: 'storedBytes', used: 10, limit: 19, resetsAt: null } },
    });
    await removeVideo(db, { personId: person, id: videoId }, now);
    await expect(reserve({ storedBytes: 19 })).resolves.toMatchObject({ maxBytes: 19 });
  });

  test('a file of unknown size may have what is left, and no more when it is there', async () => {
    await upload(person);
    const { videoId, maxBytes } = await reserve({ storedBytes: 15 }, null);
    expect(maxBytes).toBe(5);
    const create = (size: number) => createVideo(db, whole(videoId, size), limited({ storedBytes: 15 }), now);
    await expect(create(6)).rejects.toMatchObject({ type: 'quota_exceeded' });
    await expect(create(5)).resolves.toMatchObject({ created: true });
  });

  test('uploads that begin at once cannot exceed them together', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => reserve({ storedBytes: 35 }, 10)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });
});

describe('frames of a video that is there', () => {
  const own = (id: string) => ({ personId: person, id });
  const roomFor = (storedBytes: number) => ({ ...keepForEver, ...limited({ storedBytes }) });
  const png = recipeSchema.parse({ format: 'png' });

  test('are refused when nothing is left, again and anew; those that are there still show', async () => {
    const { videoId } = await upload(person);
    await complete(db, completion(await claimed()), now);
    const extract = (recipe: typeof png, storedBytes: number) =>
      extractAgain(db, { ...own(videoId), recipe }, now, randomUUID(), roomFor(storedBytes));
    await expect(extract(png, 110)).rejects.toMatchObject({
      type: 'quota_exceeded',
      data: { quota: { name: 'storedBytes', used: 110, limit: 110 } },
    });
    await expect(extract(recipeSchema.parse({}), 110)).resolves.toBeUndefined();
    await expect(extract(png, 111)).resolves.toBeUndefined();
    await cancelVideo(db, own(videoId), now);
    const retry = (storedBytes: number) =>
      retryVideo(db, own(videoId), now, randomUUID(), roomFor(storedBytes));
    await expect(retry(110)).rejects.toMatchObject({ type: 'quota_exceeded' });
    await expect(retry(111)).resolves.toBeUndefined();
  });
});

describe('an upload that has stopped to count', () => {
  const after = later(LEASE_MS + 1);

  test('may not end as a video where another one has taken its room', async () => {
    const rulesOf15 = limited({ storedBytes: 15 });
    const slow = await reserve({ storedBytes: 15 });
    const quick = await reserve({ storedBytes: 15 }, 10, after);
    await expect(createVideo(db, whole(slow.videoId, 10), rulesOf15, after)).rejects.toMatchObject({
      type: 'quota_exceeded',
      data: { quota: { name: 'storedBytes', used: 10, limit: 15 } },
    });
    await expect(createVideo(db, whole(quick.videoId, 10), rulesOf15, after)).resolves.toBeDefined();
  });

  test('may not end as a video where another one has taken its place in the day', async () => {
    const one = limited({ videosPerDay: 1 });
    const slow = await reserve({ videosPerDay: 1 });
    await reserve({ videosPerDay: 1 }, 10, after);
    await expect(createVideo(db, whole(slow.videoId, 10), one, after)).rejects.toMatchObject({
      data: { quota: { name: 'videosPerDay', used: 1, limit: 1 } },
    });
  });

  test('counts as long as its bytes are on their way, whenever it expires', async () => {
    const { videoId, expiresAt } = await reserve({}, 10, now, 'resumable');
    const late = new Date(Date.parse(expiresAt) + 1);
    await holdUpload(db, { id: videoId, holder: 'a' }, rules.quotas, late);
    expect(await usage(late)).toMatchObject({ storedBytes: { used: 10 }, concurrentUploads: { used: 1 } });
  });
});

test('a file over the largest is refused by its declared size', async () => {
  await expect(reserve({ fileBytes: 9 })).rejects.toMatchObject({
    type: 'too_large',
    data: { quota: { name: 'fileBytes', used: 10, limit: 9 } },
  });
});

describe('videos a day', () => {
  test('deleting gives none back, the next day does', async () => {
    const { videoId } = await upload(person);
    await removeVideo(db, { personId: person, id: videoId }, now);
    await expect(reserve({ videosPerDay: 1 })).rejects.toMatchObject({
      type: 'quota_exceeded',
      data: {
        retryAfterSeconds: 24 * 3600,
        quota: { name: 'videosPerDay', used: 1, limit: 1, resetsAt: '2026-01-02T00:00:00.000Z' },
      },
    });
    await expect(reserve({ videosPerDay: 1 }, 10, later(24 * 3600_000))).resolves.toBeDefined();
  });

  test('an upload on its way counts as the video that it will be, until it is given up', async () => {
    const { videoId } = await reserve({ videosPerDay: 1 });
    await expect(reserve({ videosPerDay: 1 })).rejects.toMatchObject({ type: 'quota_exceeded' });
    await abandonUpload(db, videoId, now);
    await expect(reserve({ videosPerDay: 1 })).resolves.toBeDefined();
  });
});

describe('concurrent uploads', () => {
  test('one too many is refused until one ends', async () => {
    const first = await reserve({ concurrentUploads: 1 });
    await expect(reserve({ concurrentUploads: 1 })).rejects.toMatchObject({
      type: 'quota_exceeded',
      data: { quota: { name: 'concurrentUploads', used: 1, limit: 1 } },
    });
    await createVideo(db, whole(first.videoId, 10), rules, now);
    await expect(reserve({ concurrentUploads: 1 })).resolves.toBeDefined();
  });

  test('one whose gateway died counts until its lease has run out', async () => {
    await reserve({ concurrentUploads: 1 });
    const after = later(LEASE_MS + 1);
    await expect(reserve({ concurrentUploads: 1 }, 10, after)).resolves.toBeDefined();
    expect((await usage(after)).storedBytes.used).toBe(10);
  });

  test('one that is paused holds its bytes, but no place', async () => {
    await reserve({ concurrentUploads: 1 }, 10, now, 'resumable');
    const after = later(LEASE_MS + 1);
    expect(await usage(after)).toMatchObject({
      storedBytes: { used: 10 },
      concurrentUploads: { used: 0 },
    });
  });
});
