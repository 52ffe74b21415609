import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { setCliStage, type CliUser } from '../support/cli.ts';
import { footage } from '../support/footage.ts';
import { startFront, type Front } from '../support/front.ts';
import { json, type ApiPerson } from '../support/person.ts';

const stage = setCliStage();
let person: ApiPerson;
let user: CliUser;
let front: Front;
let env: Record<string, string>;
beforeAll(async () => {
  ({ person, user } = stage);
  front = await startFront(stage.system.url);
  const made = await person.fetch('/me/keys', json({ name: 'cli', scope: 'write' }));
  const { key } = (await made.json()) as { key: string };
  env = { VIDEO_SYSTEM_API_KEY: key, VIDEO_SYSTEM_URL: front.url };
});
afterAll(() => front.close());
beforeEach(() => {
  front.requests.length = 0;
  front.treat = () => undefined;
});

const count = (line: string | RegExp) =>
  front.requests.filter((each) => (typeof line === 'string' ? each === line : line.test(each))).length;

test('a busy server is asked again when it says so, a few times, and only where that is safe', async () => {
  const busy = { status: 503, headers: { 'retry-after': '1' } };
  front.treat = (line, seen) => (line.startsWith('GET /me') && seen <= 2 ? busy : undefined);
  const helped = await user.run(['whoami'], { env });
  expect([helped.code, count('GET /me')]).toEqual([0, 3]);
  expect(helped.stderr).toBe('The server is busy; asking again in 1 s\n'.repeat(2));

  front.treat = () => ({ status: 429, headers: { 'retry-after': '0' } });
  expect((await user.run(['usage'], { env })).code).toBe(1);
  expect(count('GET /me/usage')).toBe(5);
  // The first may have been done; nobody knows.
  expect((await user.run(['keys', 'create', 'x'], { env })).code).toBe(1);
  expect(count('POST /me/keys')).toBe(1);
});

test.each([[undefined], ['3600']])(
  'without a pause worth waiting for (%s) the problem is told at once',
  async (after) => {
    front.treat = () => ({ status: 503, headers: after === undefined ? {} : { 'retry-after': after } });
    const { code, stderr } = await user.run(['whoami', '--json'], { env });
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      { error: expect.objectContaining({ code: 'unavailable', status: 503 }) },
    ]);
    expect(count('GET /me')).toBe(1);
  },
);

test('a download that breaks off goes on by itself, from where it was', async () => {
  const { id } = await person.upload(footage('birds.mp4'));
  const { archive } = await person.waitFor(id, 'completed');
  const size = archive?.size ?? 0;
  const part = Math.floor(size / 3);
  front.treat = (line, seen) => (line.includes('/download') && seen <= 2 ? { cutAfter: part } : undefined);
  const { code, stderr } = await user.run(['download', id, '-o', 'a.zip'], { env });
  expect([code, count(/\/download/)]).toEqual([0, 3]);
  expect(stderr.match(/The connection broke off/g)).toHaveLength(2);
  const saved = await readFile(join(user.home, 'a.zip'));
  expect(createHash('sha256').update(saved).digest('hex')).toBe(archive?.sha256);
});

test('a download that brings nothing is given up, and kept for another time', async () => {
  const { id } = await person.upload(footage('birds.mp4'));
  const { archive } = await person.waitFor(id, 'completed');
  const half = Math.floor((archive?.size ?? 0) / 2);
  front.treat = (line, seen) => {
    if (!line.includes('/download')) return undefined;
    return seen === 1 ? { cutAfter: half } : { cutAfter: 0 };
  };
  const { code } = await user.run(['download', id, '-o', 'b.zip'], { env });
  expect(code).toBe(5);
  expect(count(/\/download/)).toBe(6);
  const { size } = await stat(join(user.home, `b.zip.${archive?.sha256.slice(0, 16)}.part`));
  // What had not been read when the connection broke is lost.
  expect(size).toBeGreaterThan(half / 2);
  expect(size).toBeLessThanOrEqual(half);
}, 120_000);

interface Told {
  event: string;
  file: string;
  status?: string;
  done?: number;
  total?: number;
}

async function uploadAndWatch(): Promise<{ video: VideoJson; told: Told[] }> {
  const args = ['upload', 'birds.mp4', '--every', '0.1', '--watch', '--json'];
  const { code, stdout, stderr } = await user.run(args, { env });
  expect(code).toBe(0);
  const [outcome] = JSON.parse(stdout) as { video: VideoJson }[];
  if (!outcome) throw new Error('There is no outcome');
  return {
    video: outcome.video,
    told: stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told),
  };
}

test('what happens is heard from the server, and told to scripts line by line', async () => {
  const { video, told } = await uploadAndWatch();
  expect(video.status).toBe('completed');
  expect(count('GET /events')).toBe(1);
  // After the upload, at the beginning of watching, at the stream's: nobody asks each second.
  expect(count(`GET /video/${video.id}`)).toBeLessThanOrEqual(4);
  const sent = told.filter(({ event }) => event === 'upload');
  expect(sent.at(-1)).toEqual({ event: 'upload', file: 'birds.mp4', done: video.size, total: video.size });
  const seen = told.filter(({ event }) => event === 'video');
  expect(seen.at(-1)).toEqual({
    ...{ event: 'video', file: 'birds.mp4', id: video.id },
    ...{ status: 'completed', progress: 100 },
  });
  expect(sent.length + seen.length).toBe(told.length);
});

test.each([
  ['there is no such stream', { status: 404 }],
  ['the stream breaks at once', { cutAfter: 0 }],
])('the server is asked when %s', async (_why, treatment) => {
  front.treat = (line) => (line === 'GET /events' ? treatment : undefined);
  const { video } = await uploadAndWatch();
  expect(video.status).toBe('completed');
  expect(count('GET /events')).toBeGreaterThanOrEqual(1);
});

test('a stream that breaks in between is opened again', async () => {
  front.treat = (line, seen) => (line === 'GET /events' && seen === 1 ? { cutAfter: 100 } : undefined);
  expect((await uploadAndWatch()).video.status).toBe('completed');
});
