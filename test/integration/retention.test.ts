import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

// Retention runs when the system starts, and then every few minutes; days pass by SQL.

const DAY_MS = 24 * 3600 * 1000;
const recipe = { select: { mode: 'count', count: 2 }, maxWidth: 160 };

let system: System;
let person: ApiPerson;
beforeAll(async () => {
  system = await startSystem();
  person = await registerPerson(system.url);
});
afterAll(() => system.remove());

async function extracted(): Promise<Omit<VideoJson, keyof Keys> & Keys> {
  const { id } = await person.upload(footage('birds.mp4'), { recipe: JSON.stringify(recipe) });
  const video = await person.waitFor(id, 'completed', 'failed');
  const [keys] = await system.query<Keys>(
    'video',
    `SELECT object_key AS source, archive_key AS archive, preview->>'key' AS preview
     FROM videos v JOIN extractions e ON e.video_id = v.id WHERE v.id = $1`,
    [id],
  );
  if (!keys) throw new Error(`The video ${id} has no row`);
  return { ...video, ...keys };
}
type Keys = Record<'source' | 'archive' | 'preview', string>;

const place = (key: string) => join(system.dataDir, 'objects', key);
const exists = (key: string) =>
  stat(place(key)).then(
    () => true,
    () => false,
  );
const gone = (...keys: string[]) =>
  eventually(
    async () => (await Promise.all(keys.map(exists))).every((there) => !there),
    `${keys.join(', ')} to be deleted`,
  );
const doomed = (keys: string[]) =>
  system.query('video', 'SELECT key FROM doomed_objects WHERE key = ANY($1)', [keys]);
const get = (id: string, path = '') => person.fetch(`/video/${id}${path}`);
const show = async (id: string) => (await (await get(id)).json()) as VideoJson;
const expire = (table: 'extractions' | 'videos', column: string, ids: string[]) =>
  system.query(
    'video',
    `UPDATE ${table} SET ${column} = now() - interval '1 minute'
     WHERE ${table === 'videos' ? 'id' : 'video_id'} = ANY($1)`,
    [ids],
  );

async function restart(env: Record<string, string> = {}): Promise<void> {
  await system.stop();
  const port = Number(new URL(system.url).port);
  system = await startSystem({ dataDir: system.dataDir, port, env });
}

/** Put a file into the store's folder that has been there for long. */
async function putOld(key: string): Promise<void> {
  await mkdir(dirname(place(key)), { recursive: true });
  await writeFile(place(key), 'old');
  await utimes(place(key), 1000, 1000);
}

test('videos tell when they go', async () => {
  const { finishedAt, createdAt, ...video } = await extracted();
  const at = (text: string | null) => new Date(text ?? '').getTime();
  expect(at(video.expiresAt) - at(finishedAt)).toBe(30 * DAY_MS);
  expect(at(video.sourceExpiresAt) - at(createdAt)).toBe(30 * DAY_MS);
  expect(video.sourceRemovedAt).toBeNull();
  expect(video.extractions[0]?.expiresAt).toBe(video.expiresAt);
});

test('a dry run tells what would go; without it, that goes, and nothing else', async () => {
  const [kept, oldArchive, oldSource] = [await extracted(), await extracted(), await extracted()];
  await expire('extractions', 'expires_at', [oldArchive.id]);
  await expire('videos', 'source_expires_at', [oldSource.id]);
  const orphan = `sources/${randomUUID()}`;
  const foreign = ['sources/notes.txt', 'Pictures/cat.jpg', `backup/${orphan}`];
  for (const key of [orphan, ...foreign]) await putOld(key);
  await utimes(place(kept.source), 1000, 1000);
  const toGo = [oldArchive.archive, oldArchive.preview, oldSource.source, orphan];
  const toStay = [...foreign, kept.source, kept.archive, kept.preview, oldArchive.source, oldSource.archive];

  await restart({ RETENTION_DRY_RUN: 'true' });
  const output = await eventually(() => {
    const lines = system.output().split('\n');
    const would = lines.filter((line) => line.includes('Would delete'));
    return would.some((line) => line.includes(orphan)) && would.length >= toGo.length && would;
  }, 'the dry run to tell');
  expect(output).toHaveLength(toGo.length);
  for (const key of toGo) expect(output.some((line) => line.includes(key))).toBe(true);
  const [size] = [(await stat(place(oldSource.source))).size];
  expect(output.find((line) => line.includes(oldSource.source))).toMatch(
    `${size} bytes, the source is past its expiry`,
  );
  expect((await get(oldArchive.id, '/download')).status).toBe(200);
  expect(await Promise.all(toGo.map(exists))).toEqual(toGo.map(() => true));
  expect(await doomed(toGo)).toEqual([]);

  await restart();
  await gone(...toGo);
  expect(await Promise.all(toStay.map(exists))).toEqual(toStay.map(() => true));

  for (const path of ['download', 'frames', 'frames/1', 'poster', 'contact-sheet', 'storyboard.vtt'])
    expect(await problemOf(await get(oldArchive.id, `/${path}`))).toEqual([410, 'expired']);
  expect(await show(oldArchive.id)).toMatchObject({
    status: 'expired',
    archive: null,
    sourceRemovedAt: null,
  });
  expect((await get(kept.id, '/download')).status).toBe(200);

  expect((await show(oldSource.id)).sourceRemovedAt).not.toBeNull();
  expect((await get(oldSource.id, '/download')).status).toBe(200);
  const png = { recipe: { ...recipe, format: 'png' } };
  const refused = await person.fetch(`/video/${oldSource.id}/extractions`, json(png));
  expect(await problemOf(refused)).toEqual([410, 'expired']);
  const same = await person.fetch(`/video/${oldSource.id}/extractions`, json({ recipe }));
  expect([same.status, ((await same.json()) as VideoJson).status]).toEqual([201, 'completed']);

  expect((await person.fetch(`/video/${oldArchive.id}/retry`, { method: 'POST' })).status).toBe(200);
  await person.waitFor(oldArchive.id, 'completed');
  expect((await get(oldArchive.id, '/download')).status).toBe(200);
});

test('after a kill -9 in the middle of the deletions no archive is offered without its object, and all go', async () => {
  const { id, extractions } = await extracted();
  const rows = await system.query<{ key: string }>('video', MANY_EXPIRING, [id]);
  const keys = rows.map(({ key }) => key);
  for (const key of keys) await putOld(key);
  // A folder is no object: it can't be deleted like one, so the deletions end somewhere in the middle.
  const [stuck = ''] = keys.slice(-1);
  await rm(place(stuck));
  await mkdir(join(place(stuck), 'full'), { recursive: true });
  // The database goes on, as it does in a crash.
  await system.kill();
  await system.query('video', 'UPDATE extractions SET expires_at = now() WHERE archive_key = ANY($1)', [
    keys,
  ]);
  system = await system.restart();
  await eventually(() => system.output().includes('sweep failed'), 'a deletion to fail');
  await system.kill();
  expect((await doomed(keys)).length).toBeGreaterThan(0);
  const offered = await system.query<{ key: string }>(
    'video',
    "SELECT archive_key AS key FROM extractions WHERE status = 'completed' AND archive_key = ANY($1)",
    [keys],
  );
  for (const { key } of offered) expect(await exists(key)).toBe(true);

  await rm(place(stuck), { recursive: true });
  await putOld(stuck);
  system = await system.restart();
  await gone(...keys);
  await eventually(async () => (await doomed(keys)).length === 0, 'the deletions to be noted');
  expect(await problemOf(await get(id, '/download'))).toEqual([410, 'expired']);
  const first = await get(id, `/download?extraction=${extractions[0]?.id ?? ''}`);
  expect(first.status).toBe(200);
});

/** Many more extractions of a video, whose archives are about to expire. */
const MANY_EXPIRING = `
  WITH many AS (
    SELECT gen_random_uuid() AS new_id, e.* FROM extractions e, generate_series(1, 250) WHERE video_id = $1
  ), newest AS (
    INSERT INTO extractions (id, video_id, person_id, recipe, status, progress, attempt, run_at, archive_key,
      archive_size, archive_sha256, frame_count, created_at, finished_at, expires_at, manifest)
    SELECT new_id, video_id, person_id, recipe, status, progress, attempt, run_at, 'archives/' || new_id || '/1.zip',
      archive_size, archive_sha256, frame_count, created_at, finished_at, now() + interval '1 day', manifest
    FROM many RETURNING archive_key AS key
  )
  SELECT key FROM newest`;
