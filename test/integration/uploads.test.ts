import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const LIMIT = 2_000_000;

let system: System;
let person: ApiPerson;
let clip: Buffer<ArrayBuffer>;
beforeAll(async () => {
  system = await startSystem({ env: { MAX_UPLOAD_BYTES: String(LIMIT), UPLOAD_IDLE_SECONDS: '1' } });
  person = await registerPerson(system.url);
  clip = Buffer.from(await readFile(footage('birds.mp4')));
});
afterAll(() => system.remove());

const sources = () => readdir(join(system.dataDir, 'objects', 'sources')).catch(() => []);
const drafts = () => readdir(join(system.dataDir, 'objects', '.incoming'));
const countVideos = async () => (await system.query('video', 'SELECT id FROM videos')).length;

/** What a refused or aborted upload must leave behind: nothing. */
async function expectNothingLeft(before: { sources: string[]; videos: number }): Promise<void> {
  await eventually(async () => {
    const added = (await sources()).filter((key) => !before.sources.includes(key));
    return added.length === 0 && (await drafts()).length === 0;
  }, 'the rest of the upload to be removed');
  expect(await countVideos()).toBe(before.videos);
}
const before = async () => ({ sources: await sources(), videos: await countVideos() });

function form(parts: Record<string, string | [Uint8Array<ArrayBuffer>, string]>): FormData {
  const data = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') data.append(name, part);
    else data.append(name, new Blob([part[0]], { type: 'video/mp4' }), part[1]);
  }
  return data;
}
const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, query = '') =>
  person.fetch(`/video${query}`, { method: 'POST', body, headers });

describe('an upload', () => {
  test('as a raw body becomes a video', async () => {
    const response = await post(clip, { 'content-type': 'video/mp4' }, '?filename=birds.mp4');
    expect(response.status).toBe(201);
    const video = (await response.json()) as VideoJson;
    expect(response.headers.get('location')).toBe(`/video/${video.id}`);
    expect(video).toMatchObject({
      filename: 'birds.mp4',
      size: clip.length,
      contentType: 'video/mp4',
      sha256: createHash('sha256').update(clip).digest('hex'),
      recipe: { select: { mode: 'interval', seconds: 1 }, format: 'jpg' },
    });
    expect(['queued', 'processing']).toContain(video.status);
    const stored = await readFile(join(system.dataDir, 'objects', 'sources', video.id));
    expect(stored.equals(clip)).toBe(true);
  });

  const recipe = JSON.stringify({ select: { mode: 'count', count: 2 }, format: 'png' });
  test.each([
    ['after', { video: [1, 'a.mp4'], recipe }],
    ['before', { recipe, video: [1, 'a.mp4'] }],
  ])('as a form takes the recipe %s the file', async (_, parts) => {
    const filled = Object.entries(parts).map(([name, part]) => [
      name,
      name === 'video' ? [clip, 'a.mp4'] : part,
    ]);
    const response = await post(form(Object.fromEntries(filled) as Record<string, string>));
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      recipe: { select: { mode: 'count', count: 2 }, format: 'png' },
    });
  });

  test.each([
    ['férias na praia ☀️.mp4', 'férias na praia ☀️.mp4'],
    ['../../../etc/passwd', 'passwd'],
    ["'; DROP TABLE videos; --.mp4", "'; DROP TABLE videos; --.mp4"],
    ['a\u202Egpj.mp4\u0000\n', 'agpj.mp4'],
    ['..', 'video'],
  ])('called %j is called %j', async (given, kept) => {
    const response = await post(
      clip,
      { 'content-type': 'video/mp4' },
      `?${new URLSearchParams({ filename: given }).toString()}`,
    );
    expect(await response.json()).toMatchObject({ filename: kept });
    expect((await system.query('video', 'SELECT 1 FROM videos LIMIT 1')).length).toBe(1);
  });

  test('with an Idempotency-Key makes one video of two requests', async () => {
    const headers = { 'content-type': 'video/mp4', 'idempotency-key': 'one-and-only' };
    const responses = await Promise.all([post(clip, headers), post(clip, headers)]);
    const videos = (await Promise.all(responses.map((response) => response.json()))) as VideoJson[];
    expect(responses.map(({ status }) => status)).toEqual([201, 201]);
    expect(videos[0]?.id).toBe(videos[1]?.id);
    const other = await post(clip.subarray(0, 1000), headers);
    expect(await problemOf(other)).toEqual([422, 'idempotency_mismatch']);
  });
});

describe('a refused upload', () => {
  const invalid = [
    ['{"select":{"mode":"interval","seconds":0}}', 'invalid_recipe'],
    ['{"format":"gif"}', 'invalid_recipe'],
    ['{"colour":"blue"}', 'invalid_recipe'],
    ['{"start":5,"end":5}', 'invalid_recipe'],
    ['{"select":{"mode":"count","count":1.5}}', 'invalid_recipe'],
    ['not json', 'invalid_recipe'],
    ['{"select":{"mode":"times","seconds":[5]},"end":3}', 'invalid_recipe'],
    ['{"select":{"mode":"scene","threshold":2}}', 'invalid_recipe'],
  ] as const;

  test.each(invalid)('recipe %s: %s, and nothing stays', async (recipe, code) => {
    const was = await before();
    expect(await problemOf(await post(form({ video: [clip, 'a.mp4'], recipe })))).toEqual([422, code]);
    const query = `?${new URLSearchParams({ recipe }).toString()}`;
    expect(await problemOf(await post(clip, { 'content-type': 'video/mp4' }, query))).toEqual([422, code]);
    await expectNothingLeft(was);
  });

  const similar = ['xvideo/mp4', 'video/', 'application/octet-streams'];
  test.each(['text/plain', 'application/json', 'image/png', '', ...similar])(
    'of the type %j',
    async (type) => {
      const response = await post(new Blob([clip], { type }), type ? { 'content-type': type } : {});
      expect(await problemOf(response)).toEqual([415, 'unsupported_media']);
    },
  );

  test('whose bytes are a picture or a document', async () => {
    const was = await before();
    const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000100000001080600000', 'hex');
    for (const bytes of [Buffer.concat([png, Buffer.alloc(5000)]), Buffer.from('%PDF-1.7\n%âãÏÓ\n')]) {
      expect(await problemOf(await post(bytes, { 'content-type': 'video/mp4' }))).toEqual([
        415,
        'unsupported_media',
      ]);
    }
    await expectNothingLeft(was);
  });

  test.each([
    ['without a file', { recipe: '{}' }],
    ['with the file in another field', { film: 'f' }],
  ])('%s', async (_, fields) => {
    const parts = 'film' in fields ? form({ film: [clip, 'a.mp4'] }) : form(fields);
    expect(await problemOf(await post(parts))).toEqual([422, 'validation_failed']);
  });

  test('with two files', async () => {
    const data = form({ video: [clip, 'a.mp4'] });
    data.append('video', new Blob([clip]), 'b.mp4');
    const was = await before();
    expect(await problemOf(await post(data))).toEqual([422, 'validation_failed']);
    await expectNothingLeft(was);
  });

  test.each([
    ['no boundary', 'multipart/form-data', 'x'],
    [
      'no end',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\nabc',
    ],
    ['nonsense', 'multipart/form-data; boundary=b', 'nonsense'],
  ])('whose form is broken: %s', async (_, type, body) => {
    const was = await before();
    expect(await problemOf(await post(body, { 'content-type': type }))).toEqual([400, 'bad_request']);
    await expectNothingLeft(was);
  });
});

describe('an upload over the limit', () => {
  test('that says so is refused at once, without its body', async () => {
    const answer = await rawRequest({ 'content-length': String(LIMIT * 1000) }, '');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"code":"too_large"');
  });

  test('that asks before sending is not told to go on', async () => {
    const answer = await rawRequest({ 'content-length': String(LIMIT * 1000), expect: '100-continue' }, '');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test('that does not say so is ended at the limit', async () => {
    const was = await before();
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 65_536;
        if (sent > LIMIT * 50) controller.close();
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
    const headers = { 'content-type': 'video/mp4' };
    const init = { method: 'POST', body: endless, headers, duplex: 'half' } as RequestInit;
    const answer = await person.fetch('/video', init).then(problemOf, () => 'connection closed');
    expect([[413, 'too_large'], 'connection closed']).toContainEqual(answer);
    expect(sent).toBeLessThan(LIMIT * 10);
    await expectNothingLeft(was);
  });
});

describe('an interrupted upload', () => {
  test.each(['video/mp4', 'multipart/form-data; boundary=b'])('of %s leaves nothing', async (type) => {
    const was = await before();
    const req = startUpload({ 'content-type': type, 'content-length': '1000000' });
    if (type.startsWith('multipart')) {
      req.write('--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n');
    }
    req.write(clip.subarray(0, 100_000));
    await eventually(async () => (await drafts()).length > 0, 'the first bytes to be stored');
    req.destroy();
    await expectNothingLeft(was);
  });

  test('that stands still is ended with a clear answer', async () => {
    const was = await before();
    const req = startUpload({ 'content-type': 'video/mp4', 'content-length': '1000000' });
    req.write(clip.subarray(0, 100_000));
    const status = await new Promise((resolve, reject) => {
      req.on('response', (response) => resolve(response.statusCode));
      req.on('error', reject);
    });
    expect(status).toBe(408);
    req.destroy();
    await expectNothingLeft(was);
  });
});

test('without a token nothing is read', async () => {
  const answer = await rawRequest({ 'content-length': '1000000', authorization: 'Bearer nonsense' }, '');
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
});

function startUpload(headers: Record<string, string>) {
  const authorization = `Bearer ${person.tokens.accessToken}`;
  const req = request(`${system.url}/video`, { method: 'POST', headers: { authorization, ...headers } });
  req.on('error', () => undefined);
  return req;
}

/** A request whose headers promise a body that is never sent; resolves to what came back. */
async function rawRequest(headers: Record<string, string>, body: string): Promise<string> {
  const { hostname, port } = new URL(system.url);
  const all = {
    host: 'x',
    'content-type': 'video/mp4',
    authorization: `Bearer ${person.tokens.accessToken}`,
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /video HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`);
  let answer = '';
  return new Promise((resolve, reject) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('\r\n\r\n') && answer.includes('}')) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
