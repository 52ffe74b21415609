import { randomUUID } from 'node:crypto';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { partKey } from '../../lib/contracts.ts';
import { openStoredVideos } from '../../test/support/stored-videos.ts';
import { later, now, rules, scheduling } from '../../test/support/videos.ts';
import { doom } from './doomed-objects.ts';
import { shareFrames } from './live-frames.ts';
import { isForeign, onOneReplica } from './orphans.ts';
import { claimOwnRange, splitExtraction } from './split.ts';
import { reserveUpload } from './uploads.ts';

const videos = await openStoredVideos();
const { db, folder, upload, claimed, complete, putOld, doomOrphans, sweep, objects } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const person = randomUUID();
const id = randomUUID();
const keysOf = (going: { key: string | null }[]) => going.map(({ key }) => key).sort();

/** One of each layout, of rows that there are not. */
const orphans = [
  `archives/${id}/1.zip`,
  `parts/${id}/1/3`,
  `previews/${id}/2.jpg`,
  `ranges/${id}/4`,
  `sources/${id}`,
  ...['', '.info', '.json', '.part'].map((ending) => `uploads/${id}${ending}`),
];

test('objects of every kind that nothing refers to go, in a dry run none', async () => {
  for (const key of orphans) await putOld(key);
  expect(keysOf(await doomOrphans(true))).toEqual(orphans);
  expect(await videos.doomedKeys()).toEqual([]);
  const gone = await doomOrphans();
  expect(keysOf(gone)).toEqual(orphans);
  expect(gone[0]).toMatchObject({ what: 'object', size: 10, reason: 'nothing refers to the object' });
  await sweep(new Date());
  expect(await objects()).toEqual([]);
});

test('young ones stay for now', async () => {
  await videos.put(`sources/${id}`);
  expect(await doomOrphans()).toEqual([]);
  expect(await doomOrphans(false, new Date(Date.now() + 61 * 60_000))).toHaveLength(1);
});

test('what the system can not have made is never touched', async () => {
  const strange = [
    ...['sources/holiday.mp4', `sources/${id}.bak`, `sources/${id}/1`, `uploads/${id}.txt`, 'uploads/x.json'],
    ...[
      'archives/1.zip',
      `archives/${id}/1.tar`,
      `archives/${id}/latest.zip`,
      `parts/${id}/1`,
      `ranges/${id}`,
    ],
    ...['readme', `backup/sources/${id}`, `previews/${id}/1.jpg.old`],
  ];
  for (const key of strange) await putOld(key);
  for (const name of ['.git', '.incoming', 'Pictures', 'sources/.trash']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, id), 'mine');
    await utimes(join(folder, name, id), 1000, 1000);
  }
  expect(await doomOrphans()).toEqual([]);
});

test('whatever a row refers to stays: sources, uploads and their companions, archives, parts, ranges', async () => {
  const done = await upload(person);
  const first = await claimed();
  await complete(first);
  await upload(person);
  const running = await claimed();
  const attempt = { extractionId: running.extractionId, attempt: running.attempt };
  const frames = [{ timeSeconds: 0, sourceIndex: 0, size: 10 }];
  await shareFrames(db, { ...attempt, part: 1, frames }, now);
  const halves = [
    { first: 0, count: 1 },
    { first: 1, count: 1 },
  ];
  await splitExtraction(db, { ...attempt, ranges: halves }, now);
  const range = await claimOwnRange(db, { ...attempt, worker: 'w' }, scheduling, now);
  const wish = { personId: person, kind: 'resumable', size: 10 } as const;
  const { key: resumable } = await reserveUpload(db, wish, rules, now);
  // What is doomed is not what keeps them: it may have been deleted long ago when a slow writer ends.
  await db.models.doomedObject.destroy({ where: {} });
  const referred = [
    `sources/${done}`,
    ...[first.archiveKey, first.previewKey, running.source.key, running.archiveKey, running.previewKey],
    ...[partKey(running.extractionId, running.attempt, 1), range?.range.key ?? ''],
    ...['', '.info', '.json', '.part'].map((ending) => resumable + ending),
  ].sort();
  for (const key of referred) await putOld(key);
  expect(await doomOrphans()).toEqual([]);
  expect(await objects()).toEqual(referred);

  const late = [
    `archives/${running.extractionId}/${running.attempt + 1}.zip`,
    partKey(running.extractionId, running.attempt + 1, 1),
    `ranges/${range?.range.id}/2`,
  ];
  for (const key of late) await putOld(key);
  expect(keysOf(await doomOrphans())).toEqual(late.sort());
});

test('what is doomed already keeps its time, and so do its companions', async () => {
  await doom(db, [`uploads/${id}`], later(1000));
  await putOld(`uploads/${id}`);
  await putOld(`uploads/${id}.json`);
  expect(await doomOrphans()).toEqual([]);
  expect((await db.models.doomedObject.findByPk(`uploads/${id}`))?.dueAt).toEqual(later(1000));
});

test('a source that has expired keeps no object, and its companions go', async () => {
  const videoId = await upload(person);
  await complete(await claimed());
  await db.models.video.update({ sourceRemovedAt: now }, { where: { id: videoId } });
  await putOld(`sources/${videoId}`);
  expect(keysOf(await doomOrphans())).toEqual([`sources/${videoId}`]);
});

test('while one replica looks, another one does not', async () => {
  const looks: string[] = [];
  await onOneReplica(db, async () => {
    looks.push('first');
    await onOneReplica(db, () => Promise.resolve(looks.push('second')));
  });
  await onOneReplica(db, () => Promise.resolve(looks.push('third')));
  expect(looks).toEqual(['first', 'third']);
});

test('thousands of objects are looked at in batches', async () => {
  const many = Array.from({ length: 1203 }, () => `sources/${randomUUID()}`).sort();
  await videos.put('sources/first');
  for (const key of many) await writeFile(join(folder, key), 'x');
  await Promise.all(many.map((key) => utimes(join(folder, key), 1000, 1000)));
  const kept = many.filter((_, n) => n % 2 === 0);
  await doom(db, kept, later(0));
  expect(keysOf(await doomOrphans())).toEqual(many.filter((_, n) => n % 2 === 1));
});

test('a store that the database hardly knows is probably that of another one', async () => {
  const foreign = () => isForeign({ db, store: videos.store }, new Date());
  const keys = Array.from({ length: 202 }, () => `sources/${randomUUID()}`);
  for (const key of keys.slice(0, 100)) await putOld(key);
  expect(await foreign()).toBe(false);
  await putOld(keys[100] ?? '');
  expect(await foreign()).toBe(true);
  for (const key of keys.slice(101)) await putOld(key);
  await doom(db, keys.slice(101), later(0));
  expect(await foreign()).toBe(false);
  expect(await videos.doomedKeys()).toHaveLength(101);
});
