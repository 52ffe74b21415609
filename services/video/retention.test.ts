import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { problemCode } from '../../lib/errors.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { completion, later, now, openVideos, scheduling } from '../../test/support/videos.ts';
import { extractAgain, retryVideo } from './again.ts';
import { complete, fail } from './attempts.ts';
import { cancelVideo, removeVideo } from './library.ts';
import { findArchive } from './results.ts';
import { retain } from './retention.ts';

const DAY_MS = 24 * 3600 * 1000;
const days = (count: number) => later(count * DAY_MS);
const retention = { sourceDays: 30, archiveDays: 10 };

const videos = await openVideos();
const { db, upload, claimed, claimOne, show, doomedKeys } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const runAll = (at: Date, dryRun = false, limits = retention) =>
  Array.fromAsync(retain(db, { retention: limits, dryRun, now: at }));
/** Days of quotas go along the way; most tests are not about them. */
const run = async (...given: Parameters<typeof runAll>) =>
  (await runAll(...given)).filter(({ what }) => what !== 'day');
const sourceOf = async (id: string) =>
  (await db.models.video.findByPk(id, { rejectOnEmpty: true })).objectKey;

async function completed(personId: string, at = now) {
  const { videoId } = await upload(personId, {}, at);
  const job = await claimed(at);
  await complete(db, completion(job), at, retention);
  return { own: { personId, id: videoId }, job, source: await sourceOf(videoId) };
}
const extract = (own: { personId: string; id: string }, recipe: object, at: Date) =>
  extractAgain(db, { ...own, recipe: recipeSchema.parse(recipe) }, at, randomUUID(), retention);

describe('an archive', () => {
  const person = randomUUID();

  test('tells when it goes, and goes then with its contact sheet; the video stays', async () => {
    const { own, job } = await completed(person);
    expect(await show(person, own.id)).toMatchObject({ expiresAt: days(10).toISOString() });
    expect(await run(later(10 * DAY_MS - 1))).toEqual([]);
    const about = {
      id: job.extractionId,
      expiredAt: days(10).toISOString(),
      reason: 'the archive is past its expiry',
    };
    expect(await run(days(10))).toEqual([
      { ...about, what: 'archive', key: job.archiveKey, size: 100 },
      { ...about, what: 'preview', key: job.previewKey, size: 10 },
    ]);
    expect(await doomedKeys()).toEqual([job.archiveKey, job.previewKey]);
    expect(await show(person, own.id)).toMatchObject({ status: 'expired', archive: null, frameCount: 2 });
    await expect(findArchive(db, own)).rejects.toMatchObject({ type: 'expired', code: 410 });
    expect(await run(days(11))).toEqual([]);
  });

  test('without a limit stays, and so does what was completed before there was one', async () => {
    const { videoId } = await upload(person);
    await complete(db, completion(await claimed()), now, { sourceDays: 0, archiveDays: 0 });
    expect(await show(person, videoId)).toMatchObject({ expiresAt: null });
    expect((await run(days(3000))).filter(({ what }) => what === 'archive')).toEqual([]);
  });

  test('that several extractions show goes with the last of them', async () => {
    const { own, job } = await completed(person);
    await extract(own, { format: 'png' }, days(1));
    await complete(db, completion(await claimed(days(1))), days(1), retention);
    await extract(own, {}, days(8));
    expect((await show(person, own.id)).expiresAt).toBe(days(18).toISOString());
    const first = await run(days(10));
    expect(first).toMatchObject([{ what: 'archive', key: null, size: null }]);
    expect((await findArchive(db, own)).key).toBe(job.archiveKey);
    await run(days(17));
    expect(await doomedKeys()).not.toContain(job.archiveKey);
    await run(days(18));
    expect(await doomedKeys()).toContain(job.archiveKey);
    expect(await doomedKeys()).toHaveLength(4);
  });

  test('that several extractions show is named once when all go together', async () => {
    const { own, job } = await completed(person);
    await extract(own, { format: 'png' }, now);
    await complete(db, completion(await claimed()), now, retention);
    await extract(own, {}, now);
    for (const dryRun of [true, false]) {
      const keys = (await run(days(20), dryRun)).flatMap(({ key }) => key ?? []);
      expect(keys.filter((key) => key === job.archiveKey)).toHaveLength(1);
      expect(keys).toHaveLength(4);
    }
  });

  test('that is asked for again at its last moment is there, or is extracted anew; never neither', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { own } = await completed(person);
      await Promise.all([extract(own, {}, days(10)), run(days(10))]);
      const { status } = await show(person, own.id);
      if (status === 'completed') {
        const { key } = await findArchive(db, own);
        expect(await doomedKeys()).not.toContain(key);
      } else {
        expect(status).toBe('queued');
        await cancelVideo(db, own, days(10));
      }
    }
  });

  test('and two replicas that expire at once do it once', async () => {
    for (let n = 0; n < 20; n += 1) await completed(person);
    const told = await Promise.all(Array.from({ length: 4 }, () => run(days(10))));
    expect(told.flat()).toHaveLength(40);
    expect(await doomedKeys()).toHaveLength(40);
  });
});

describe('a source', () => {
  const person = randomUUID();

  test('tells when it goes and that it is gone; extracting again is refused then', async () => {
    const { own, source } = await completed(person);
    expect(await show(person, own.id)).toMatchObject({
      sourceExpiresAt: days(30).toISOString(),
      sourceRemovedAt: null,
    });
    await run(days(10));
    expect(await run(days(30))).toMatchObject([{ what: 'source', id: own.id, key: source, size: 10 }]);
    expect(await doomedKeys()).toContain(source);
    expect(await show(person, own.id)).toMatchObject({
      sourceExpiresAt: null,
      sourceRemovedAt: days(30).toISOString(),
    });
    const retry = retryVideo(db, own, days(30), randomUUID(), retention);
    await expect(retry).rejects.toMatchObject({ type: 'expired', code: 410 });
    await expect(retry).rejects.toThrow('upload it again');
    await expect(extract(own, { format: 'webp' }, days(30))).rejects.toMatchObject({ type: 'expired' });
    expect(await claimOne(days(30))).toBeNull();
  });

  test('that is gone still gives the archive of a recipe that is left', async () => {
    const { own } = await completed(person);
    await db.models.extraction.update({ expiresAt: null }, { where: { videoId: own.id } });
    await run(days(30));
    await extract(own, {}, days(31));
    expect(await show(person, own.id)).toMatchObject({ status: 'completed', extractions: [{}] });
  });

  test('stays as long as an extraction waits or runs, and gets a new time from each new one', async () => {
    const { videoId } = await upload(person);
    expect(await run(days(31))).toEqual([]);
    const job = await claimed(days(31));
    expect(await run(days(31))).toEqual([]);
    const failure = { extractionId: job.extractionId, attempt: 1, code: 'no_frames', retryable: false };
    await fail(db, failure, scheduling, days(31));
    await retryVideo(db, { personId: person, id: videoId }, days(31), randomUUID(), retention);
    expect(await show(person, videoId)).toMatchObject({ sourceExpiresAt: days(61).toISOString() });
    await cancelVideo(db, { personId: person, id: videoId }, days(31));
    expect(await run(days(60))).toMatchObject([{ what: 'extraction' }]);
    expect(await run(days(61))).toMatchObject([{ what: 'source' }]);
  });

  test('never goes under a worker: of a retry and an expiry at once, one is too late', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { own } = await completed(person);
      await run(days(10));
      const [retry] = await Promise.allSettled([
        retryVideo(db, own, days(30), randomUUID(), retention),
        run(days(30)),
      ]);
      const job = await claimOne(days(30));
      if (retry.status === 'fulfilled') {
        expect(job).toMatchObject({ videoId: own.id });
        expect(await doomedKeys()).not.toContain(job?.source.key);
        await removeVideo(db, own, days(30));
      } else {
        expect(problemCode(retry.reason)).toBe('expired');
        expect(job).toBeNull();
      }
    }
  });
});

test('rows that are of no use any more go, each kind after its time', async () => {
  const person = randomUUID();
  const { own } = await completed(person);
  await run(days(10));
  await retryVideo(db, own, days(11), randomUUID(), retention);
  await cancelVideo(db, own, days(11));
  const stays = await upload(person, {}, days(19));
  const left = { personId: person, kind: 'plain', objectKey: 'sources/x', createdAt: now } as const;
  await db.models.upload.create({ ...left, id: randomUUID(), expiresAt: days(13) });
  await db.models.upload.create({ ...left, id: randomUUID(), expiresAt: days(14) });
  const extraction = await db.models.extraction.findOne({
    where: { videoId: stays.videoId },
    rejectOnEmpty: true,
  });
  const link = { videoId: stays.videoId, extractionId: extraction.id, createdAt: now };
  await db.models.link.create({ ...link, id: randomUUID(), secretSha256: 'a', expiresAt: days(-10) });
  await db.models.link.create({ ...link, id: randomUUID(), secretSha256: 'b', expiresAt: days(-9) });

  await upload(person, {}, days(15));
  const whats = (await runAll(days(20))).map(({ what }) => what);
  expect(whats).toEqual(['link', 'upload', 'day', 'extraction']);
  expect(await db.models.link.count()).toBe(1);
  expect(await db.models.upload.count()).toBe(1);
  expect((await db.models.dailyVideos.findAll()).map(({ day }) => day)).toEqual(['2026-01-20']);
  // The newest one stays, whatever its age, and nothing goes without a limit.
  expect((await show(person, own.id)).extractions).toMatchObject([{ status: 'canceled' }]);
  expect(await run(days(500), true, { sourceDays: 0, archiveDays: 0 })).not.toContainEqual(
    expect.objectContaining({ what: 'extraction' }),
  );
});

test('a dry run changes nothing, waits for nobody, and tells exactly what then goes', async () => {
  const person = randomUUID();
  for (let n = 0; n < 120; n += 1) await completed(person);
  const dump = async () =>
    JSON.stringify([
      await db.models.video.findAll({ order: ['id'] }),
      await db.models.extraction.findAll({ order: ['id'] }),
      await db.models.doomedObject.findAll(),
      await db.models.dailyVideos.findAll(),
    ]);
  const before = await dump();
  const plan = await db.sequelize.transaction(async (transaction) => {
    await db.models.video.findAll({ lock: true, transaction });
    return runAll(days(40), true);
  });
  expect(await dump()).toBe(before);
  expect(plan).toHaveLength(361);
  expect(await runAll(days(40))).toEqual(plan);
  expect(await runAll(days(40))).toEqual([]);
  expect((await doomedKeys()).sort()).toEqual(plan.flatMap(({ key }) => key ?? []).sort());
});
