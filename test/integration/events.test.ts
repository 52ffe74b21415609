import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { listen, type Listener, type LiveEvent } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let ann: ApiPerson;
/** A video of hers that is completed. */
let clip: string;
const listeners: Listener[] = [];
beforeAll(async () => {
  system = await startSystem({ env: { MAX_EVENT_STREAMS: '3' } });
  ann = await registerPerson(system.url);
  ({ id: clip } = await ann.upload(footage('birds.mp4')));
  await ann.waitFor(clip, 'completed');
});
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.cut();
});
afterAll(() => system.remove());

async function follow(person: ApiPerson, lastEventId?: string): Promise<Listener> {
  const listener = await listen(system.url, person.tokens.accessToken, lastEventId);
  listeners.push(listener);
  return listener;
}

/** Somebody who has loaded everything, and follows from there. */
async function followAnew(person: ApiPerson): Promise<Listener> {
  const listener = await follow(person);
  await listener.next('the reset of a new stream', isReset);
  return listener;
}

const isReset = ({ name }: LiveEvent) => name === 'reset';
const isVideo = (id: string, fields: object) => (event: LiveEvent) =>
  event.name === 'video' &&
  event.json.id === id &&
  Object.entries(fields).every(([name, value]) => event.json[name] === value);

const rename = (filename: string) =>
  system.query('video', 'UPDATE videos SET filename = $2 WHERE id = $1', [clip, filename]);

test('a video’s life is told while it goes on, to its person only, with the notification in the end', async () => {
  const ben = await registerPerson(system.url);
  const [mine, also, foreign] = [await followAnew(ann), await followAnew(ann), await followAnew(ben)];
  expect(mine.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(mine.headers.get('cache-control')).toBe('no-store');
  expect(mine.headers.get('x-accel-buffering')).toBe('no');
  expect(mine.retryMs).toBe(2000);

  const { id } = await ann.upload(footage('birds.mp4'));
  await mine.next('the video to be completed', isVideo(id, { status: 'completed' }));
  await also.next('the same elsewhere', isVideo(id, { status: 'completed' }));
  const told = mine.events.findLast(isVideo(id, {}))?.json;
  expect(told).toEqual(await (await ann.fetch(`/video/${id}`)).json());
  const { json: notification } = await mine.next('the notification', ({ name }) => name === 'notification');
  expect(notification).toMatchObject({ kind: 'video.processed', data: { videoId: id }, readAt: null });

  await ann.fetch(`/video/${id}`, { method: 'DELETE' });
  const { json: removed } = await mine.next('the removal', ({ name }) => name === 'video_removed');
  expect(removed).toEqual({ id });
  expect(foreign.events.map(({ name }) => name)).toEqual(['reset']);
});

test('changes arrive within a second', async () => {
  const listener = await followAnew(ann);
  const delays: number[] = [];
  for (let n = 0; n < 9; n += 1) {
    await rename(`clip ${n}.mp4`);
    const committed = Date.now();
    const { at } = await listener.next('the name', isVideo(clip, { filename: `clip ${n}.mp4` }));
    delays.push(at - committed);
  }
  const median = delays.toSorted((a, b) => a - b)[4];
  expect(median).toBeLessThan(1000);
});

test('whoever comes back misses nothing, whatever was cut or killed meanwhile', async () => {
  let listener = await followAnew(ann);
  for (let n = 0; n < 2; n += 1) {
    listener.cut();
    await rename(`before ${n}.mp4`);
    if (n === 1) {
      await system.kill();
      system = await system.restart();
    }
    listener = await follow(ann, listener.lastEventId);
    await listener.next('what was missed', isVideo(clip, { filename: `before ${n}.mp4` }));
    await rename(`after ${n}.mp4`);
    await listener.next('what comes', isVideo(clip, { filename: `after ${n}.mp4` }));
    expect(listener.events.filter(isReset)).toEqual([]);
  }
  const stranger = await follow(ann, 'no id of ours');
  await stranger.next('a reset', isReset);
});

test('notifications are listed page by page, counted and read, which other places hear', async () => {
  const eva = await registerPerson(system.url);
  for (let n = 1; n <= 3; n += 1) await tell(eva, new Date(Date.UTC(2026, 0, n)));
  const page = async (query = '') =>
    (await (await eva.fetch(`/me/notifications${query}`)).json()) as {
      items: { id: string; readAt: string | null }[];
      nextCursor: string | null;
      unread: number;
    };
  const first = await page('?limit=2');
  expect(first).toMatchObject({ items: [{}, {}], unread: 3 });
  const second = await page(`?limit=2&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ items: [{}], nextCursor: null });
  expect(await problemOf(await eva.fetch('/me/notifications?cursor=x'))).toEqual([422, 'validation_failed']);

  const listener = await followAnew(eva);
  const read = (upTo: string | null, person = eva) => person.fetch('/me/notifications/read', json({ upTo }));
  const middle = first.items[1]?.id ?? '';
  expect(await problemOf(await read(middle, ann))).toEqual([404, 'not_found']);
  expect((await read(middle)).status).toBe(204);
  await listener.next('that it was read', ({ json: it }) => it.id === middle && it.readAt !== null);
  expect(await page()).toMatchObject({ unread: 1, items: [{ readAt: null }, {}, {}] });
  expect((await read(null)).status).toBe(204);
  expect(await page()).toMatchObject({ unread: 0 });
});

const tell = ({ id }: ApiPerson, at: Date) =>
  system.query(
    'notify',
    `INSERT INTO notifications
       (id, event_id, channel, person_id, kind, payload, status, next_attempt_at, created_at)
     VALUES (gen_random_uuid(), gen_random_uuid(), 'inapp', $1, 'quota.nearly_used',
       '{"name":"videosPerDay","used":9,"limit":10}', 'sent', $2, $2)`,
    [id, at],
  );

test('nobody listens without a token, in too many places, or longer than the token is valid', async () => {
  expect(await problemOf(await fetch(`${system.url}/events`))).toEqual([401, 'unauthorized']);
  const file = await readFile(join(system.dataDir, 'keys', 'access-token.pem'), 'utf8');
  const { header, payload } = jwt.decode(ann.tokens.accessToken, { complete: true }) ?? {};
  const claims = { ...(payload as object), exp: Math.floor(Date.now() / 1000) + 3 };
  const brief = jwt.sign(claims, createPrivateKey(file), { algorithm: 'ES256', keyid: header?.kid ?? '' });
  const listener = await listen(system.url, brief);
  await eventually(() => listener.ended, 'the stream to end with its token', 30_000);

  // The streams of a gateway that was killed count for a while, so this is somebody who had none.
  const fay = await registerPerson(system.url);
  await Promise.all(Array.from({ length: 3 }, () => follow(fay)));
  expect(await problemOf(await fay.fetch('/events'))).toEqual([429, 'too_many_requests']);
});

test('a stop ends every stream at once, and its clients come back without a loss', async () => {
  const some = await Promise.all([followAnew(ann), followAnew(ann)]);
  // Browsers connect in advance, too.
  const idle = connect(Number(new URL(system.url).port), '127.0.0.1');
  await once(idle, 'connect');
  const begun = Date.now();
  expect(await system.stop()).toBe(0);
  expect(Date.now() - begun).toBeLessThan(8000);
  for (const listener of some) {
    await eventually(() => listener.ended, 'the stream to end', 1000);
    expect(listener.retryMs).toBeLessThanOrEqual(2000);
  }
  system = await system.restart();
  await rename('meanwhile.mp4');
  const back = await follow(ann, some[0].lastEventId);
  await back.next('what was missed', isVideo(clip, { filename: 'meanwhile.mp4' }));
  expect(back.events.filter(isReset)).toEqual([]);
});
