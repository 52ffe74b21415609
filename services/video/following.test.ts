import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { readChanges } from '../../lib/change-log.ts';
import { completion, later, openVideos, scheduling } from '../../test/support/videos.ts';
import { complete, renew } from './attempts.ts';
import { listQueued, showMany } from './following.ts';
import { removeVideo } from './library.ts';
import { listVideos } from './listing.ts';

const videos = await openVideos();
const { db, view, upload, claimed, show } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const ann = randomUUID();
const ben = randomUUID();

test('every step of a video’s life is a change, a renewed lease alone is none', async () => {
  let { cursor } = await readChanges(db.sequelize, null);
  const isTold = async () => {
    const found = await readChanges(db.sequelize, cursor);
    ({ cursor } = found);
    return found.changes.map(({ subjectId }) => subjectId);
  };
  const { videoId } = await upload(ann);
  expect(await isTold()).toEqual([videoId]);
  const job = await claimed();
  expect(await isTold()).toEqual([videoId]);
  const renewal = { extractionId: job.extractionId, attempt: job.attempt, progress: 40 };
  await renew(db, renewal, scheduling, later(1000));
  expect(await isTold()).toEqual([videoId]);
  await renew(db, renewal, scheduling, later(2000));
  expect(await isTold()).toEqual([]);
  await complete(db, completion(job), later(3000));
  expect(await isTold()).toEqual([videoId]);
  await removeVideo(db, { personId: ann, id: videoId }, later(4000));
  expect(await isTold()).toEqual([videoId]);
});

test('many videos are shown as each one is, and nobody gets another person’s', async () => {
  const { videoId: mine } = await upload(ann);
  const { videoId: also } = await upload(ann);
  const { videoId: foreign } = await upload(ben);
  const wanted = [mine, also, foreign, randomUUID()].map((id) => ({ personId: ann, id }));
  const { items } = await showMany(db, { wanted }, view());
  const shown = await Promise.all([mine, also].map((id) => show(ann, id)));
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
  expect(items.map(({ video }) => video).toSorted(byId)).toEqual(shown.toSorted(byId));
  expect(items.map(({ personId }) => personId)).toEqual([ann, ann]);
});

test('the places of what waits move when others go on', async () => {
  await upload(ben);
  const { videoId } = await upload(ann);
  const places = async () => (await listQueued(db, { personIds: [ann] }, view())).items;
  expect(await places()).toEqual([expect.objectContaining({ id: videoId, personId: ann, queuePosition: 2 })]);
  await claimed();
  expect(await places()).toEqual([expect.objectContaining({ id: videoId, queuePosition: 1 })]);
  expect(await listQueued(db, { personIds: [] }, view())).toEqual({ items: [] });
});

test('videos are found by a part of their filename, as it is written and in any case', async () => {
  const names = [
    'ÉTÉ à Paris.mp4',
    'e\u0301te\u0301.mov',
    '100% done.mp4',
    'a_b.mp4',
    'a-b.mp4',
    'back\\slash.mp4',
  ];
  for (const [n, filename] of names.entries()) {
    const { videoId } = await upload(ann, {}, later(n));
    await db.models.video.update({ filename }, { where: { id: videoId } });
  }
  await upload(ben);
  const find = async (q: string, cursor?: string) => {
    const page = await listVideos(db, { personId: ann, limit: 1, q, ...(cursor ? { cursor } : {}) }, view());
    const rest: string[] = page.nextCursor ? await find(q, page.nextCursor) : [];
    return [...page.items.map(({ filename }) => filename), ...rest];
  };
  expect(await find('été')).toEqual(['e\u0301te\u0301.mov', 'ÉTÉ à Paris.mp4']);
  expect(await find('ete')).toEqual([]);
  expect(await find('0% D')).toEqual(['100% done.mp4']);
  expect(await find('a_B')).toEqual(['a_b.mp4']);
  expect(await find('k\\s')).toEqual(['back\\slash.mp4']);
  expect(await find('%')).toEqual(['100% done.mp4']);
  expect(await find('')).toHaveLength(names.length);
});
