import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import {
  addBytes,
  beginUpload,
  digestOf,
  metadata,
  offsetOf,
  tusRequest,
  uniqueClip,
} from '../support/resumable.ts';
import { startSystem, type System } from '../support/system.ts';

const LIMIT = 2_000_000;
const QUOTA = 5 * LIMIT;

let system: System;
let person: ApiPerson;
let clip: Buffer<ArrayBuffer>;
beforeAll(async () => {
  const env = { MAX_UPLOAD_BYTES: String(LIMIT), MAX_STORED_BYTES: String(QUOTA), UPLOAD_IDLE_SECONDS: '1' };
  system = await startSystem({ env });
  clip = await uniqueClip(600_000);
});
beforeAll(async () => {
  person = await registerPerson(system.url);
});
afterAll(() => system.remove());

const stored = () => readdir(join(system.dataDir, 'objects', 'uploads')).catch(() => []);
const rows = (table: string) => system.query('video', `SELECT id FROM ${table}`);
const create = (headers: Record<string, string>, body?: Buffer<ArrayBuffer>) =>
  tusRequest(person, 'POST', '/uploads', headers, body);
const nothingOf = (path: string) =>
  eventually(async () => !(await stored()).some((name) => name.includes(path.slice(9))), 'the upload to go');

describe('what is spoken', () => {
  test.each(['/uploads', '/uploads/1'])('is told to everybody at %s', async (path) => {
    const response = await fetch(new URL(path, system.url), { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,termination,checksum,expiration',
      'tus-max-size': String(LIMIT),
      'tus-checksum-algorithm': 'md5,sha1,sha256',
    });
  });

  test.each([undefined, '0.2.2', '1.0.0, 0.2.2'])('is not the version %j', async (version) => {
    const headers = { 'upload-length': '10', ...(version === undefined ? {} : { 'tus-resumable': version }) };
    const response = await person.fetch('/uploads', { method: 'POST', headers });
    expect(response.headers.get('tus-version')).toBe('1.0.0');
    expect(await problemOf(response)).toEqual([412, 'tus_version']);
  });

  test('needs a token', async () => {
    const init = { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '10' } };
    const response = await fetch(`${system.url}/uploads`, init);
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect(await problemOf(response)).toEqual([401, 'unauthorized']);
  });
});

describe('a creation is refused before anything is stored', () => {
  const encoded = (fields: Record<string, string>) => ({
    'upload-length': '10',
    'upload-metadata': metadata(fields),
  });
  const nonsense = '{"select":{"mode":"interval","seconds":0}}';
  const cases: [string, Record<string, string>, number, string][] = [
    ['no length', {}, 400, 'bad_request'],
    ['a negative length', { 'upload-length': '-1' }, 400, 'bad_request'],
    ['a length that is no number', { 'upload-length': 'NaN' }, 400, 'bad_request'],
    ['a broken length', { 'upload-length': '1.5' }, 400, 'bad_request'],
    ['a length in hexadecimal', { 'upload-length': '0x10' }, 400, 'bad_request'],
    ['an endless length', { 'upload-length': 'Infinity' }, 400, 'bad_request'],
    ['two lengths', { 'upload-length': '10, 20' }, 400, 'bad_request'],
    ['no bytes', { 'upload-length': '0' }, 422, 'validation_failed'],
    ['too many bytes', { 'upload-length': String(LIMIT + 1) }, 413, 'too_large'],
    ['a huge length', { 'upload-length': '9'.repeat(400) }, 413, 'too_large'],
    ['a length that comes later', { 'upload-defer-length': '1' }, 400, 'bad_request'],
    ['a part of an upload', { 'upload-length': '10', 'upload-concat': 'partial' }, 400, 'bad_request'],
    [
      'metadata that are not Base64',
      { 'upload-length': '10', 'upload-metadata': 'filename ä%' },
      400,
      'bad_request',
    ],
    ['metadata twice', { 'upload-length': '10', 'upload-metadata': 'a YQ==,a YQ==' }, 400, 'bad_request'],
    [
      'metadata of the prototype',
      { 'upload-length': '10', 'upload-metadata': '__proto__ YQ==' },
      400,
      'bad_request',
    ],
    ['a recipe that is none', encoded({ recipe: nonsense }), 422, 'invalid_recipe'],
    ['a recipe that is no JSON', encoded({ recipe: '{' }), 422, 'invalid_recipe'],
    ['a digest that is none', encoded({ sha256: 'abc' }), 422, 'validation_failed'],
  ];
  test.each(cases)('with %s', async (_, headers, status, code) => {
    const before = (await rows('uploads')).length;
    const encodedHeaders = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    );
    const response = await create(encodedHeaders);
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect(await problemOf(response)).toEqual([status, code]);
    expect((await rows('uploads')).length).toBe(before);
  });

  test('beyond the quota', async () => {
    const rich = await registerPerson(system.url);
    for (let n = 0; n < 5; n++) await beginUpload(rich, LIMIT);
    const response = await tusRequest(rich, 'POST', '/uploads', {
      'upload-length': '1',
    });
    expect(await problemOf(response)).toEqual([429, 'quota_exceeded']);
  });
});

describe('an upload that comes with its creation', () => {
  test('becomes a video at once', async () => {
    const response = await create({ 'upload-length': String(clip.length) }, clip);
    expect(response.status).toBe(201);
    expect(response.headers.get('upload-offset')).toBe(String(clip.length));
    expect(response.headers.get('location')).toBe(`/uploads/${response.headers.get('video-id')}`);
    const video = await person.fetch(response.headers.get('video-location') ?? '');
    expect(await video.json()).toMatchObject({
      sha256: digestOf(clip),
      filename: 'video',
      contentType: 'video/mp4',
    });
  });

  test('and goes on later', async () => {
    const response = await create({ 'upload-length': String(clip.length) }, clip.subarray(0, 1000));
    expect([response.status, response.headers.get('upload-offset')]).toEqual([201, '1000']);
    expect(Date.parse(response.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
    const path = response.headers.get('location') ?? '';
    expect((await addBytes(person, path, 1000, clip.subarray(1000))).headers.get('video-id')).toBe(
      path.slice(9),
    );
  });

  test('is refused when it is longer than it says, or of another type', async () => {
    expect(await problemOf(await create({ 'upload-length': '10' }, clip))).toEqual([413, 'too_large']);
    const type = { 'upload-length': '10', 'content-type': 'video/mp4' };
    expect(await problemOf(await create(type, clip.subarray(0, 10)))).toEqual([415, 'unsupported_media']);
  });
});

describe('bytes', () => {
  let path: string;
  beforeAll(async () => {
    path = await beginUpload(person, clip.length, { filename: 'a.mp4' });
    await addBytes(person, path, 0, clip.subarray(0, 1000));
  });
  const part = () => clip.subarray(1000, 2000);

  test.each([
    ['behind the end', '2000', 409, 'upload_offset_mismatch'],
    ['before the end', '999', 409, 'upload_offset_mismatch'],
    ['behind the length', '9007199254740993', 409, 'upload_offset_mismatch'],
    ['at the length', '600000', 413, 'too_large'],
    ['before the beginning', '-1', 400, 'bad_request'],
    ['nowhere', 'NaN', 400, 'bad_request'],
    ['in between', '0.5', 400, 'bad_request'],
  ])('%s are refused', async (_, offset, status, code) => {
    const response = await addBytes(person, path, 0, part(), { 'upload-offset': offset });
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect(await problemOf(response)).toEqual([status, code]);
    expect(await offsetOf(person, path)).toBe(1000);
  });

  test('of nobody knows where, of another type, and too many are refused', async () => {
    const without = await tusRequest(person, 'PATCH', path, {}, part());
    expect(await problemOf(without)).toEqual([400, 'bad_request']);
    const typed = await addBytes(person, path, 1000, part(), { 'content-type': 'video/mp4' });
    expect(await problemOf(typed)).toEqual([415, 'unsupported_media']);
    expect(await problemOf(await addBytes(person, path, 1000, clip))).toEqual([413, 'too_large']);
    expect(await offsetOf(person, path)).toBe(1000);
  });

  test.each([
    ['a wrong digest', `sha1 ${digestOf(Buffer.from('x'), 'sha1', 'base64')}`, 460, 'checksum_mismatch'],
    ['an unknown algorithm', 'crc32 AAAAAA==', 400, 'bad_request'],
    ['a digest that is not Base64', 'sha1 !!!', 400, 'bad_request'],
    [
      'the digest of another algorithm',
      `sha256 ${digestOf(Buffer.from('x'), 'sha1', 'base64')}`,
      400,
      'bad_request',
    ],
    ['no digest', 'md5', 400, 'bad_request'],
  ])('with %s are not stored', async (_, checksum, status, code) => {
    const response = await addBytes(person, path, 1000, part(), { 'upload-checksum': checksum });
    expect(await problemOf(response)).toEqual([status, code]);
    expect(await offsetOf(person, path)).toBe(1000);
  });

  test('that stop coming stay, and the request ends', async () => {
    const { hostname, port } = new URL(system.url);
    const headers = {
      ...{
        authorization: `Bearer ${person.tokens.accessToken}`,
        'tus-resumable': '1.0.0',
        'upload-offset': '1000',
      },
      ...{ 'content-type': 'application/offset+octet-stream', 'content-length': '5000' },
    };
    const slow = request({ hostname, port, path, method: 'PATCH', headers });
    slow.on('error', () => undefined).write(part());
    const answer = await new Promise<[number | undefined, unknown]>((resolve) => {
      slow.on('response', ({ statusCode, headers: told }) => resolve([statusCode, told['upload-offset']]));
    });
    expect(answer).toEqual([204, '2000']);
    slow.destroy();
    expect(await offsetOf(person, path)).toBe(2000);
  });

  test.each(['md5', 'sha1', 'sha256'])('with the right %s are stored', async (algorithm) => {
    const at = await offsetOf(person, path);
    const bytes = clip.subarray(at, at + 1000);
    const checksum = `${algorithm} ${digestOf(bytes, algorithm, 'base64')}`;
    const response = await addBytes(person, path, at, bytes, { 'upload-checksum': checksum });
    expect([response.status, response.headers.get('upload-offset')]).toEqual([204, String(at + 1000)]);
  });

  test('may come by POST, where nothing else passes', async () => {
    const at = await offsetOf(person, path);
    const headers = { 'x-http-method-override': 'PATCH', 'upload-offset': String(at) };
    const response = await tusRequest(person, 'POST', path, headers, clip.subarray(at));
    expect([response.status, response.headers.get('video-id')]).toEqual([204, path.slice(9)]);
    const other = await tusRequest(person, 'POST', path, { 'x-http-method-override': 'GET' });
    expect(await problemOf(other)).toEqual([405, 'method_not_allowed']);
  });
});

describe('a whole file', () => {
  const send = async (bytes: Buffer<ArrayBuffer>, fields: Record<string, string> = {}) => {
    const path = await beginUpload(person, bytes.length, fields);
    return { path, response: await addBytes(person, path, 0, bytes) };
  };

  test('whose server died before it made the video becomes one when a client asks', async () => {
    const path = await beginUpload(person, clip.length, { sha256: digestOf(clip).toUpperCase() });
    await writeFile(join(system.dataDir, 'objects', path), clip);
    const heads = await Promise.all([1, 2, 3].map(() => tusRequest(person, 'HEAD', path)));
    expect(heads.map(({ headers }) => headers.get('video-id'))).toEqual(Array(3).fill(path.slice(9)));
    const video = await person.fetch(path.replace('uploads', 'video'));
    expect(await video.json()).toMatchObject({ sha256: digestOf(clip), size: clip.length });
  });

  test('whose digest is another than was told goes', async () => {
    const { path, response } = await send(clip, { sha256: digestOf(Buffer.from('another')) });
    expect(await problemOf(response)).toEqual([460, 'checksum_mismatch']);
    await nothingOf(path);
    expect((await tusRequest(person, 'HEAD', path)).status).toBe(404);
  });

  test.each(['%PDF-1.7\n%âãÏÓ\n', 'GIF89a____________'])('that is surely no video goes: %j', async (text) => {
    const { path, response } = await send(Buffer.from(text));
    expect(await problemOf(response)).toEqual([415, 'unsupported_media']);
    await nothingOf(path);
  });
});

describe('the URL', () => {
  test("of another person's upload leads nowhere", async () => {
    const path = await beginUpload(person, 1000);
    const other = await registerPerson(system.url);
    expect((await tusRequest(other, 'HEAD', path)).status).toBe(404);
    expect(await problemOf(await addBytes(other, path, 0, clip.subarray(0, 10)))).toEqual([404, 'not_found']);
    expect(await problemOf(await tusRequest(other, 'DELETE', path))).toEqual([404, 'not_found']);
    expect(await offsetOf(person, path)).toBe(0);
  });

  test.each(['..%2f..%2fetc%2fpasswd', '%2e%2e', 'a%00', 'x'.repeat(2000), '%ff', 'nothing.json'])(
    'with the id %j leads nowhere',
    async (id) => {
      const response = await addBytes(person, `/uploads/${id}`, 0, clip.subarray(0, 10));
      expect([400, 404]).toContain((await problemOf(response))[0]);
    },
  );

  test('of a plain upload leads nowhere', async () => {
    const { id } = await person.upload(clip);
    expect((await tusRequest(person, 'HEAD', `/uploads/${id}`)).status).toBe(404);
  });

  test('of an upload that has expired says so, and nothing of it stays', async () => {
    const path = await beginUpload(person, 1000);
    await addBytes(person, path, 0, clip.subarray(0, 10));
    const id = path.slice(9);
    await system.query('video', 'UPDATE uploads SET expires_at = now() WHERE id = $1', [id]);
    expect((await tusRequest(person, 'HEAD', path)).status).toBe(410);
    expect(await problemOf(await addBytes(person, path, 10, clip.subarray(0, 10)))).toEqual([410, 'expired']);
    await system.query('video', 'UPDATE doomed_objects SET due_at = now() WHERE key = $1', [`uploads/${id}`]);
    await nothingOf(path);
  });
});
