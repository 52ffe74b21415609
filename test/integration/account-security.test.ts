import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { VideoJson } from '../../lib/contracts.ts';
import { openZip } from '../support/archive.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, PASSWORD, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { beginUpload } from '../support/resumable.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let ana: ApiPerson;
let video: VideoJson;
beforeAll(async () => {
  system = await startSystem({ env: { SWEEP_SECONDS: '1' } });
  ana = await registerPerson(system.url);
  const { id } = await ana.upload(footage('birds.mp4'), { filename: 'férias?.mp4' });
  video = await ana.waitFor(id, 'completed');
});
afterAll(() => system.remove());

const post = (person: ApiPerson, path: string, body: object) => person.fetch(path, json(body));
async function answer<T>(response: Response, status: number): Promise<T> {
  if (response.status !== status) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

describe('the second factor', () => {
  const login = (email: string, code?: string) =>
    fetch(`${system.url}/login`, json({ email, password: PASSWORD, ...(code ? { code } : {}) }));
  const hasFactor = async (person: ApiPerson) =>
    (await answer<{ secondFactor: boolean }>(await person.fetch('/me'), 200)).secondFactor;

  test('is asked for at login once it is confirmed, until it is turned off', async () => {
    const person = await registerPerson(system.url);
    const path = '/me/second-factor';
    const { secret } = await answer<{ secret: string }>(
      await post(person, path, { password: PASSWORD }),
      200,
    );
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    expect((await login(person.email)).status).toBe(200);
    const code = totp.generate();
    const confirmed = await post(person, `${path}/confirm`, { code });
    const { recoveryCodes } = await answer<{ recoveryCodes: string[] }>(confirmed, 200);
    expect(await hasFactor(person)).toBe(true);

    expect(await problemOf(await login(person.email))).toEqual([401, 'second_factor_required']);
    expect(await problemOf(await login(person.email, code))).toEqual([422, 'invalid_code']);
    const wrong = { email: person.email, password: 'wrong password', code: recoveryCodes[0] };
    const guess = await fetch(`${system.url}/login`, json(wrong));
    expect(await problemOf(guess)).toEqual([401, 'invalid_credentials']);
    expect((await login(person.email, recoveryCodes[0])).status).toBe(200);
    expect(await problemOf(await login(person.email, recoveryCodes[0]))).toEqual([422, 'invalid_code']);

    const made = await post(person, `${path}/recovery-codes`, { password: PASSWORD, code: recoveryCodes[1] });
    const fresh = (await answer<{ recoveryCodes: string[] }>(made, 200)).recoveryCodes;
    const off = await post(person, `${path}/disable`, { password: PASSWORD, code: fresh[0] });
    expect(off.status).toBe(204);
    expect(await hasFactor(person)).toBe(false);
    expect((await login(person.email)).status).toBe(200);
  });
});

describe('an API key', () => {
  async function keyOf(person: ApiPerson, scope: 'read' | 'write') {
    const made = await post(person, '/me/keys', { name: 'backup', scope });
    const { id, key } = await answer<{ id: string; key: string }>(made, 201);
    const call = (method: string, path: string, init: RequestInit = {}) => {
      const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` };
      return fetch(new URL(path, system.url), { ...init, method, headers });
    };
    return { id, key, call };
  }

  test('to read shows and downloads, and changes nothing', async () => {
    const upload = await beginUpload(ana, 1000);
    const { call } = await keyOf(ana, 'read');
    expect((await call('GET', '/me')).status).toBe(200);
    expect((await call('GET', `/video/${video.id}/download`)).status).toBe(200);
    const refused: [string, string, RequestInit?][] = [
      ['POST', '/video', { body: 'x' }],
      ['DELETE', `/video/${video.id}`],
      ['POST', `/video/${video.id}/links`, json({})],
      ['POST', '/uploads', { headers: { 'tus-resumable': '1.0.0', 'upload-length': '10' } }],
      ['PATCH', upload, { headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0' } }],
      ['POST', upload, { headers: { 'tus-resumable': '1.0.0', 'x-http-method-override': 'DELETE' } }],
      ['DELETE', upload, { headers: { 'tus-resumable': '1.0.0' } }],
    ];
    for (const [method, path, init] of refused) {
      expect([path, await problemOf(await call(method, path, init))]).toEqual([path, [403, 'forbidden']]);
    }
    expect((await ana.fetch(`/video/${video.id}`)).status).toBe(200);
  });

  test('to write does what its person does, but nothing about their account', async () => {
    const person = await registerPerson(system.url);
    const { id, call, key } = await keyOf(person, 'write');
    const begun = await call('POST', '/uploads', {
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '10' },
    });
    expect(begun.status).toBe(201);
    const upload = begun.headers.get('location') ?? '';
    expect((await call('DELETE', upload, { headers: { 'tus-resumable': '1.0.0' } })).status).toBe(204);
    const password = PASSWORD;
    const refused: [string, string, object?][] = [
      ['GET', '/me/keys'],
      ['POST', '/me/keys', { name: 'more', scope: 'write' }],
      ['DELETE', `/me/keys/${id}`],
      ['POST', '/me/second-factor', { password }],
      ['POST', '/me/second-factor/disable', { password, code: '123456' }],
      ['POST', '/me/export', { password }],
      ['POST', '/me/deletion', { password }],
      ['POST', '/notification', { to: 'a@example.com', template: 'message' }],
    ];
    for (const [method, path, body] of refused) {
      const response = await call(method, path, body ? json(body) : {});
      expect([path, await problemOf(response)]).toEqual([path, [403, 'forbidden']]);
    }
    expect(key).toMatch(/^vsk_[0-9a-f]{32}_[\w-]{43}$/);
    const [row] = await system.query<{ row: string }>(
      'auth',
      'SELECT CAST(to_jsonb(k) AS text) AS row FROM api_keys k WHERE id = $1',
      [id],
    );
    expect(row?.row).not.toContain(key.slice(-43));

    expect((await person.fetch(`/me/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    await eventually(async () => (await call('GET', '/me')).status === 401, 'the key to be refused');
    const { items } = await answer<{ items: unknown[] }>(await person.fetch('/me/keys'), 200);
    expect(items).toEqual([]);
  });
});

const linkOf = async (person: ApiPerson) =>
  (await answer<{ url: string }>(await post(person, '/me/export', { password: PASSWORD }), 201)).url;

test('an export has everything of a person, nothing of others and no secret, and is given once', async () => {
  const other = await registerPerson(system.url);
  const { id: gone } = await other.upload(footage('birds.mp4'), { filename: 'gone.mp4' });
  await other.waitFor(gone, 'completed');
  const wrong = await post(ana, '/me/export', { password: 'wrong password' });
  expect(await problemOf(wrong)).toEqual([401, 'invalid_credentials']);
  await answer(await post(ana, '/me/keys', { name: 'mine', scope: 'read' }), 201);
  await answer(await post(ana, `/video/${video.id}/links`, {}), 201);

  const url = await linkOf(ana);
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toBe('application/zip');
  const entries = await openZip(Buffer.from(await response.arrayBuffer()));
  expect(await problemOf(await fetch(url))).toEqual([404, 'not_found']);

  const names = [...entries.keys()];
  expect(names).toEqual(
    expect.arrayContaining(
      [
        'account',
        'sessions',
        'api-keys',
        'security-events',
        'videos',
        'files',
        'links',
        'uploads',
        'notifications',
      ]
        .map((name) => `${name}.json`)
        .concat('README.txt', `files/férias_ ${video.id}/férias_.mp4`),
    ),
  );
  expect(new Set(names).size).toBe(names.length);
  const list = (name: string) =>
    JSON.parse(String(entries.get(`${name}.json`))) as { path: string; size: number }[];
  expect(list('account')).toEqual([expect.objectContaining({ id: ana.id, email: ana.email })]);
  expect(list('videos')).toEqual([expect.objectContaining({ id: video.id, filename: 'férias?.mp4' })]);
  expect(list('files').map(({ path, size }) => [path, size])).toEqual(
    list('files').map(({ path }) => [path, entries.get(path)?.length]),
  );
  const archive = entries.get(`files/férias_ ${video.id}/frames ${video.extractions[0]?.id}.zip`);
  expect(archive?.length).toBe(video.archive?.size);
  const words = names.filter((name) => name.endsWith('.json')).map((name) => String(entries.get(name)));
  for (const text of words) {
    expect(text).not.toContain(other.id);
    expect(text).not.toMatch(/argon2|secret|hash"/i);
  }

  const [object] = await system.query<{ key: string }>(
    'video',
    'SELECT object_key AS key FROM videos WHERE id = $1',
    [gone],
  );
  await system.query('video', 'INSERT INTO doomed_objects VALUES ($1, now())', [object?.key]);
  await eventually(async () => !(await objects()).includes(object?.key ?? ''), 'the object to go');
  const partial = await openZip(Buffer.from(await (await fetch(await linkOf(other))).arrayBuffer()));
  expect(JSON.parse(String(partial.get('missing.json')))).toEqual([`files/gone ${gone}/gone.mp4`]);
});

async function objects(): Promise<string[]> {
  const folder = join(system.dataDir, 'objects');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** The tables of all databases that name a person in a column. */
async function tablesWith(personId: string): Promise<string[]> {
  const found: string[] = [];
  for (const database of ['auth', 'video', 'notify']) {
    const tables = await system.query<{ name: string }>(
      database,
      "SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'person_id'",
    );
    for (const { name } of tables) {
      const rows = await system.query(database, `SELECT 1 FROM ${name} WHERE person_id = $1`, [personId]);
      if (rows.length > 0) found.push(`${database}.${name}`);
    }
  }
  return found.sort();
}

test('deleting an account leaves no row and no object, also when the system is killed in the middle', async () => {
  const { email, id, tokens } = ana;
  const wrong = await post(ana, '/me/deletion', { password: 'wrong password' });
  expect(await problemOf(wrong)).toEqual([401, 'invalid_credentials']);
  expect((await post(ana, '/me/deletion', { password: PASSWORD })).status).toBe(202);
  await system.kill();
  system = await system.restart();

  const refreshed = await fetch(`${system.url}/refresh`, json({ refreshToken: tokens.refreshToken }));
  expect(await problemOf(refreshed)).toEqual([401, 'invalid_token']);
  const tombstones = ['notify.gone_people', 'video.gone_people'];
  await eventually(async () => String(await tablesWith(id)) === String(tombstones), 'every row to go');
  const others = await system.query<{ key: string }>(
    'video',
    `SELECT object_key AS key FROM videos UNION SELECT archive_key FROM extractions UNION SELECT preview->>'key' FROM extractions`,
  );
  // What a worker may still write goes a few minutes later; here, at once.
  await system.query('video', 'UPDATE doomed_objects SET due_at = now()');
  const kept = others.map(({ key }) => key);
  await eventually(async () => (await objects()).every((key) => kept.includes(key)), 'every object to go');
  const again = await registerPerson(system.url, { email });
  expect(again.id).not.toBe(id);
  expect(await problemOf(await ana.fetch('/me'))).toEqual([401, 'unauthorized']);
});
