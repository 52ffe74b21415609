import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Usage } from '../../lib/replies.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let clip: Buffer<ArrayBuffer>;
beforeAll(async () => {
  clip = Buffer.from(await readFile(footage('birds.mp4')));
  system = await startSystem({
    env: {
      MAX_STORED_BYTES: String(clip.length * 2 + 500_000),
      MAX_VIDEOS_PER_DAY: '3',
      MAX_CONCURRENT_UPLOADS: '1',
    },
  });
});
afterAll(() => system.remove());

const usageOf = async (person: ApiPerson) => (await (await person.fetch('/me/usage')).json()) as Usage;
const post = (person: ApiPerson, body: Uint8Array<ArrayBuffer> | ReadableStream) =>
  person.fetch('/video', {
    ...{ method: 'POST', body, headers: { 'content-type': 'video/mp4' } },
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });

interface QuotaProblem {
  code: string;
  detail: string;
  quota: { name: string; used: number; limit: number; resetsAt: string | null };
}
const problem = async (response: Response) => ({
  status: response.status,
  retryAfter: response.headers.get('retry-after'),
  ...((await response.json()) as QuotaProblem),
});

test('a person sees what they use and may use; nobody else does', async () => {
  const person = await registerPerson(system.url);
  expect(await usageOf(person)).toMatchObject({
    storedBytes: { used: 0, limit: clip.length * 2 + 500_000 },
    videosPerDay: { used: 0, limit: 3 },
    concurrentUploads: { used: 0, limit: 1 },
    fileBytes: { limit: 10 * 1024 ** 3 },
  });
  expect((await fetch(`${system.url}/me/usage`)).status).toBe(401);
  const { id } = await person.upload(clip);
  const { archive } = await person.waitFor(id, 'completed');
  expect(await usageOf(person)).toMatchObject({
    storedBytes: { used: clip.length + (archive?.size ?? NaN) },
    videosPerDay: { used: 1 },
    concurrentUploads: { used: 0 },
  });
});

test('a second transfer at once is refused, with when to come again; the first goes on', async () => {
  const person = await registerPerson(system.url);
  const first = request(`${system.url}/video`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${person.tokens.accessToken}`,
      'content-type': 'video/mp4',
      'content-length': clip.length,
    },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    first.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  first.write(clip.subarray(0, 1000));
  await eventually(async () => (await usageOf(person)).concurrentUploads.used === 1, 'the upload to count');
  const refused = await problem(await post(person, clip));
  expect(refused).toMatchObject({
    ...{ status: 429, code: 'quota_exceeded', quota: { name: 'concurrentUploads', used: 1, limit: 1 } },
  });
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  first.end(clip.subarray(1000));
  expect(await answered).toBe(201);
});

test('what finds no room is refused before a byte is stored; without a length, when it is full', async () => {
  const person = await registerPerson(system.url);
  await person.waitFor((await person.upload(clip)).id, 'completed');
  const tooMuch = Buffer.concat([clip, Buffer.alloc(600_000)]);
  const full = { status: 429, code: 'quota_exceeded' };
  expect(await problem(await post(person, tooMuch))).toMatchObject({
    ...{ ...full, quota: { name: 'storedBytes', resetsAt: null } },
  });
  expect(await problem(await post(person, new Blob([tooMuch]).stream()))).toMatchObject({
    ...{ ...full, quota: { name: 'storedBytes', used: (await usageOf(person)).storedBytes.used } },
  });
  expect((await usageOf(person)).videosPerDay.used).toBe(1);
});

test('the day has a number of videos, and says when it ends', async () => {
  const person = await registerPerson(system.url);
  for (let n = 0; n < 3; n += 1) {
    const { id } = await person.upload(clip);
    await person.fetch(`/video/${id}`, { method: 'DELETE' });
  }
  const refused = await problem(await post(person, clip));
  expect(refused).toMatchObject({ status: 429, quota: { name: 'videosPerDay', used: 3, limit: 3 } });
  const { resetsAt } = refused.quota;
  expect(Date.parse(resetsAt ?? '')).toBeGreaterThan(Date.now());
  expect(Number(refused.retryAfter)).toBeLessThanOrEqual(24 * 3600);
});
