import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { VideoJson } from '../../lib/contracts.ts';
import { openArchive, type OpenedArchive } from '../support/archive.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let person: ApiPerson;
let video: VideoJson;
let archive: OpenedArchive;
beforeAll(async () => {
  system = await startSystem();
  person = await registerPerson(system.url);
  const recipe = JSON.stringify({ select: { mode: 'interval', seconds: 0.1 }, maxWidth: 320 });
  const { id } = await person.upload(footage('cockatoo.mp4'), { recipe });
  video = await person.waitFor(id, 'completed', 'failed');
  const response = await person.fetch(`/video/${id}/download`);
  archive = await openArchive(Buffer.from(await response.arrayBuffer()));
});
afterAll(() => system.remove());

const get = (path: string, headers: Record<string, string> = {}) =>
  person.fetch(`/video/${video.id}${path}`, { headers });
const read = async <T>(response: Response) => (await response.json()) as T;
const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

interface Page {
  items: { index: number; timeSeconds: number; url: string }[];
  total: number;
  nextCursor: number | null;
}

describe('the frames of a completed extraction', () => {
  test('are listed page by page, as in the manifest', async () => {
    const items: Page['items'] = [];
    for (let cursor: number | null = 0; cursor !== null;) {
      const page: Page = await read<Page>(await get(`/frames?limit=60&cursor=${cursor}`));
      expect(page.total).toBe(140);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(items).toMatchObject(archive.manifest.frames);
  });

  test.each([1, 2, 77, 140])('frame %i is the one in the archive', async (index) => {
    const response = await get(`/frames/${index}`);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const file = archive.manifest.frames[index - 1]?.file ?? '';
    expect((await bytes(response)).equals(archive.files.get(file) ?? Buffer.alloc(0))).toBe(true);
    const again = await get(`/frames/${index}`, { 'if-none-match': response.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });

  test.each(['0', '141', '-1', '1.5', 'x', '99999999999'])('there is no frame %s', async (index) => {
    const response = await get(`/frames/${index}`);
    expect(response.headers.get('etag')).toBeNull();
    expect(await problemOf(response)).toEqual([404, 'not_found']);
  });

  test('an older extraction keeps its frames', async () => {
    const first = video.extractions[0]?.id ?? '';
    const recipe = { select: { mode: 'count', count: 3 }, format: 'png' };
    expect((await person.fetch(`/video/${video.id}/extractions`, json({ recipe }))).status).toBe(201);
    await person.waitFor(video.id, 'completed', 'failed');
    expect((await get('/frames/1')).headers.get('content-type')).toBe('image/png');
    const { total, items } = await read<Page>(await get(`/frames?extraction=${first}`));
    expect(total).toBe(140);
    expect((await person.fetch(items[1]?.url ?? '')).headers.get('content-type')).toBe('image/jpeg');
  });

  test('come small, too: as JPEG, of the width that was asked for', async () => {
    const { id } = await person.upload(footage('birds.mp4'), { recipe: JSON.stringify({ format: 'png' }) });
    await person.waitFor(id, 'completed', 'failed');
    const ask = (path: string, etag = '') =>
      person.fetch(`/video/${id}/${path}`, { headers: { 'if-none-match': etag } });
    const full = await ask('frames/1');
    const small = await ask('frames/1?width=320');
    expect(small.headers.get('content-type')).toBe('image/jpeg');
    expect(await sharp(await bytes(small)).metadata()).toMatchObject({
      format: 'jpeg',
      width: 320,
      height: 180,
    });
    expect((await ask('frames/1?width=320', small.headers.get('etag') ?? '')).status).toBe(304);
    expect((await ask('frames/1?width=320', full.headers.get('etag') ?? '')).status).toBe(200);
    expect(await sharp(await bytes(await ask('poster?width=640'))).metadata()).toMatchObject({ width: 640 });
    expect(await problemOf(await ask('frames/3?width=320'))).toEqual([404, 'not_found']);
    expect(await problemOf(await ask('frames/1?width=1'))).toEqual([422, 'validation_failed']);
  });

  test('are nobody else’s', async () => {
    const stranger = await registerPerson(system.url);
    for (const path of ['frames', 'frames/1', 'poster', 'contact-sheet', 'storyboard.vtt']) {
      const response = await stranger.fetch(`/video/${video.id}/${path}`);
      expect(await problemOf(response)).toEqual([404, 'not_found']);
    }
  });
});

test('frames can be listed and fetched while the extraction runs, and are those of the archive', async () => {
  const recipe = JSON.stringify({ select: { mode: 'all' }, format: 'png' });
  const { id } = await person.upload(footage('cockatoo.mp4'), { recipe });
  const listed = async () => read<Page & { complete: boolean }>(await person.fetch(`/video/${id}/frames`));
  await person.waitFor(id, 'processing', 'completed');
  await eventually(async () => (await listed()).total > 0, 'finished frames');
  const { items, complete } = await listed();
  expect(complete).toBe(false);
  expect((await person.waitFor(id, 'processing', 'completed')).status).toBe('processing');
  const early = items.at(-1) ?? { index: 0, timeSeconds: 0, url: '' };
  const fetched = await eventually(async () => {
    const response = await person.fetch(early.url);
    return response.ok ? bytes(response) : undefined;
  }, 'an early frame');
  const small = await bytes(await person.fetch(`${early.url}?width=320`));
  expect(await sharp(small).metadata()).toMatchObject({ format: 'jpeg', width: 320 });

  await person.waitFor(id, 'completed', 'failed');
  const done = await listed();
  expect(done).toMatchObject({ complete: true, total: 280 });
  expect(done.items[early.index - 1]).toMatchObject(early);
  expect((await bytes(await person.fetch(early.url))).equals(fetched)).toBe(true);
  expect(await problemOf(await person.fetch(`/video/${id}/frames?extraction=${randomUUID()}`))).toEqual([
    404,
    'not_found',
  ]);
});

describe('the small pictures that come with them', () => {
  const first = () => `?extraction=${video.extractions[0]?.id ?? ''}`;

  test('a contact sheet shows frames of the whole video in rows of ten', async () => {
    const sheet = await bytes(await get(`/contact-sheet${first()}`));
    expect(await sharp(sheet).metadata()).toMatchObject({ format: 'jpeg', width: 1600, height: 630 });
  });

  test('each tile is the frame that the storyboard says', async () => {
    const text = await (await get(`/storyboard.vtt${first()}`)).text();
    expect(text.startsWith('WEBVTT\n\n')).toBe(true);
    const cues = [...text.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
    expect(cues).toHaveLength(70);
    expect(cues.at(-1)?.[2]).toBe('00:00:14.000');
    cues.forEach((cue, place) => expect(cue[1]).toBe(place === 0 ? '00:00:00.000' : cues[place - 1]?.[2]));
    const [, begin = '', , sheet = '', ...place] = cues[42] ?? [];
    const [left = 0, top = 0, width = 0, height = 0] = place.map(Number);
    const tile = sharp(await bytes(await get(`/${sheet}`))).extract({ left, top, width, height });
    const seconds = Number(begin.slice(-6));
    const frame = archive.manifest.frames.find(({ timeSeconds }) => Math.abs(timeSeconds - seconds) < 0.001);
    const image = sharp(archive.files.get(frame?.file ?? '')).resize(width, height);
    const [a, b] = await Promise.all([tile.raw().toBuffer(), image.raw().toBuffer()]);
    const difference = a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
    expect(difference).toBeLessThan(6);
  });

  test('the poster is one of the frames', async () => {
    const poster = await bytes(await get(`/poster${first()}`));
    expect([...archive.files.values()].some((file) => file.equals(poster))).toBe(true);
  });
});
