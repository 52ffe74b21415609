import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { later, now, openVideos, rules, wish } from '../../test/support/videos.ts';
import { findUpload, noteUpload } from './open-uploads.ts';
import { holdUpload, LEASE_MS, letUpload } from './upload-leases.ts';
import { abandonUpload, createVideo, reserveUpload } from './uploads.ts';
import { recipeSchema } from '../../lib/recipe.ts';

const videos = await openVideos();
const { db } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const personId = randomUUID();
const reserve = () => reserveUpload(db, { ...wish(personId), kind: 'resumable' }, rules, now);
const hold = (id: string, holder: string, at = now) => holdUpload(db, { id, holder }, rules.quotas, at);

test('one of ten that ask at once gets the lease', async () => {
  const { videoId } = await reserve();
  const holds = await Promise.all(Array.from({ length: 10 }, (_, n) => hold(videoId, `holder ${n}`)));
  expect(holds.filter(({ held }) => held)).toHaveLength(1);
});

test('the holder hears that another one waits, and keeps the lease until it lets go', async () => {
  const { videoId } = await reserve();
  expect(await hold(videoId, 'a')).toEqual({ held: true, wanted: false });
  expect(await hold(videoId, 'b')).toEqual({ held: false, wanted: true });
  expect(await hold(videoId, 'a')).toEqual({ held: true, wanted: true });
  await letUpload(db, { id: videoId, holder: 'b' });
  expect(await hold(videoId, 'b')).toMatchObject({ held: false });
  await letUpload(db, { id: videoId, holder: 'a' });
  expect(await hold(videoId, 'b')).toEqual({ held: true, wanted: false });
});

test('a holder that is silent loses the lease; renewed in time it stays', async () => {
  const { videoId } = await reserve();
  await hold(videoId, 'a');
  await hold(videoId, 'a', later(LEASE_MS - 1));
  expect(await hold(videoId, 'b', later(LEASE_MS + 1))).toMatchObject({ held: false });
  expect(await hold(videoId, 'b', later(2 * LEASE_MS))).toMatchObject({ held: true });
  expect(await hold(videoId, 'a', later(2 * LEASE_MS))).toMatchObject({ held: false });
});

test('a paused upload goes on only while its person has a place for it', async () => {
  const paused = await reserve();
  const after = later(LEASE_MS + 1);
  const other = await reserveUpload(db, wish(personId), rules, after);
  const one = { ...rules.quotas, concurrentUploads: 1 };
  const goOn = () => holdUpload(db, { id: paused.videoId, holder: 'a' }, one, after);
  await expect(goOn()).rejects.toMatchObject({
    type: 'quota_exceeded',
    data: { quota: { name: 'concurrentUploads', used: 1, limit: 1 } },
  });
  await abandonUpload(db, other.videoId, after);
  expect(await goOn()).toMatchObject({ held: true });
});

test('an upload is found by its person until it expires, and as a video for good', async () => {
  const { videoId, key, expiresAt } = await reserve();
  await noteUpload(db, { id: videoId, storeUploadId: 'store/1' });
  const find = (at = now, by = personId) => findUpload(db, { personId: by, id: videoId }, at);
  expect(await find()).toMatchObject({
    ...{ id: videoId, kind: 'resumable', key, size: 10, storeUploadId: 'store/1', isVideo: false, expiresAt },
  });
  await expect(find(now, randomUUID())).rejects.toMatchObject({ type: 'not_found' });
  await expect(find(new Date(expiresAt))).rejects.toMatchObject({ type: 'expired' });
  await expect(findUpload(db, { personId, id: '../x' }, now)).rejects.toMatchObject({ type: 'not_found' });
  const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, sha256: 'a'.repeat(64) };
  await createVideo(db, { ...about, videoId, personId, recipe: recipeSchema.parse({}) }, rules, now);
  expect(await find(new Date(expiresAt))).toMatchObject({ id: videoId, key, isVideo: true, size: 10 });
});

test('one that is given up is there no more, and its object is due', async () => {
  const { videoId, key } = await reserve();
  await abandonUpload(db, videoId, now);
  await expect(findUpload(db, { personId, id: videoId }, now)).rejects.toMatchObject({ type: 'not_found' });
  expect((await db.models.doomedObject.findByPk(key))?.dueAt).toEqual(now);
});
