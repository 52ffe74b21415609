import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { footage } from '../support/footage.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let person: ApiPerson;
let clip: Buffer<ArrayBuffer>;
beforeAll(async () => {
  system = await startSystem({ env: { MAX_UPLOAD_BYTES: '2000000' } });
  person = await registerPerson(system.url);
  clip = Buffer.from(await readFile(footage('birds.mp4')));
});
afterAll(() => system.remove());

const post = (who: ApiPerson, key: string, body = clip) =>
  who.fetch('/video', {
    method: 'POST',
    body,
    headers: { 'content-type': 'video/mp4', 'idempotency-key': key },
  });
const videoOf = async (response: Response) => ((await response.json()) as VideoJson).id;
const countVideos = async (who: ApiPerson) =>
  (await system.query('video', 'SELECT id FROM videos WHERE person_id = $1', [who.id])).length;

test('five uploads at once with one Idempotency-Key make one video, and later ones find it', async () => {
  const responses = await Promise.all(Array.from({ length: 5 }, () => post(person, 'five')));
  expect(responses.filter(({ ok }) => !ok)).toEqual([]);
  const ids = new Set(await Promise.all(responses.map(videoOf)));
  expect(ids.size).toBe(1);
  expect([...ids]).toContain(await videoOf(await post(person, 'five')));
  expect(await countVideos(person)).toBe(1);
  expect(await problemOf(await post(person, 'five', clip.subarray(0, 1000)))).toEqual([
    422,
    'idempotency_mismatch',
  ]);
  expect(await countVideos(person)).toBe(1);
});

test('the same key of another person is another key', async () => {
  const mine = await videoOf(await post(person, 'shared'));
  const other = await registerPerson(system.url);
  const response = await post(other, 'shared', clip.subarray(0, 1000));
  expect(response.status).toBe(201);
  expect(await videoOf(response)).not.toBe(mine);
});

test('a key has at most 255 characters', async () => {
  expect((await post(person, 'k'.repeat(255))).ok).toBe(true);
  expect(await problemOf(await post(person, 'k'.repeat(256)))).toEqual([422, 'validation_failed']);
});

interface Asking {
  type?: string;
  length?: number;
  authorization?: string;
  query?: string;
}

/** Ask with `Expect: 100-continue`, send the clip only when told to go on; resolves to all that came back. */
async function ask({ type = 'video/mp4', length = clip.length, authorization, query = '' }: Asking) {
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  const token = authorization ?? `Bearer ${person.tokens.accessToken}`;
  socket.write(
    `POST /video${query} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${length}\r\nAuthorization: ${token}\r\n\r\n`,
  );
  let answer = '';
  return new Promise<string>((resolve, reject) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (answer === '' && text.startsWith('HTTP/1.1 100 ')) socket.write(clip);
      answer += text;
      if (answer.includes('}')) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('a client that asks first is told to go on, and its video is taken', async () => {
  expect(await ask({})).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /);
});

test.each([
  ['has no valid token', 401, { authorization: 'Bearer nonsense' }],
  ['has too much', 413, { length: 2_000_000_000 }],
  ['has no video', 415, { type: 'text/plain' }],
  ['has a wrong recipe', 422, { query: '?recipe=nonsense' }],
])('a client that asks first and %s is refused, not told to go on', async (_, status, asking: Asking) => {
  expect(await ask(asking)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
