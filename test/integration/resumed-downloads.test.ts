import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const run = promisify(execFile);

let system: System;
let person: ApiPerson;
let folder: string;
let path: string;
let whole: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downloads-'));
  system = await startSystem();
  person = await registerPerson(system.url);
  const { id } = await person.upload(footage('birds.mp4'));
  await person.waitFor(id, 'completed');
  path = `/video/${id}/download`;
  whole = Buffer.from(await (await person.fetch(path)).arrayBuffer());
});
afterAll(async () => {
  await system.remove();
  await rm(folder, { recursive: true, force: true });
});

const authorization = () => `Authorization: Bearer ${person.tokens.accessToken}`;

/** A download that broke off in the middle. */
async function halfDownloaded(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, whole.subarray(0, whole.length >> 1));
  return file;
}

test('curl -C - goes on with a half-downloaded archive, and takes only what is missing', async () => {
  const file = await halfDownloaded('curl.zip');
  const args = ['-sS', '-f', '-C', '-', '-o', file, '-w', '%{http_code} %{size_download}'];
  const { stdout } = await run('curl', [...args, '-H', authorization(), system.url + path]);
  expect(stdout).toBe(`206 ${whole.length - (whole.length >> 1)}`);
  expect((await readFile(file)).equals(whole)).toBe(true);
});

test('wget -c does, too', async () => {
  const file = await halfDownloaded('wget.zip');
  const args = ['-c', '-S', '-O', file, `--header=${authorization()}`, system.url + path];
  const { stderr } = await run('wget', args);
  expect(stderr).toContain('206 Partial Content');
  expect((await readFile(file)).equals(whole)).toBe(true);
});

test('the digest of the whole stands beside the whole and its parts (RFC 9530), and not beside a problem', async () => {
  const digest = createHash('sha256').update(whole).digest('base64');
  for (const init of [{}, { method: 'HEAD' }, { headers: { range: 'bytes=1-2' } }]) {
    const { headers } = await person.fetch(path, init);
    expect(headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
    expect(headers.get('digest')).toBe(`SHA-256=${digest}`);
  }
  const { headers } = await person.fetch(path, { headers: { range: `bytes=${whole.length}-` } });
  expect([headers.get('repr-digest'), headers.get('digest')]).toEqual([null, null]);
});

test('a HEAD is told of the whole, whatever Range it asks for', async () => {
  const { status, headers } = await person.fetch(path, { method: 'HEAD', headers: { range: 'bytes=0-1' } });
  expect([status, headers.get('content-length')]).toEqual([200, String(whole.length)]);
});

test('a suffix longer than the archive is all of it', async () => {
  const response = await person.fetch(path, { headers: { range: 'bytes=-999999999' } });
  expect(response.status).toBe(206);
  expect((await response.arrayBuffer()).byteLength).toBe(whole.length);
});

test('another archive than the one that is meant is refused (If-Match)', async () => {
  const response = await person.fetch(path, { headers: { 'if-match': '"other"' } });
  expect(response.status).toBe(412);
});
