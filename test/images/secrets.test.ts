import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { imageFiles } from '../../scripts/images/archive.ts';
import { plantSecrets } from '../../scripts/images/planted.ts';
import { SecretSearch } from '../../scripts/images/secrets.ts';

const secret = randomBytes(24).toString('hex');
const search = new SecretSearch(new Map([[secret, 'the password']]));
const privateKey = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const letters = (count: number) => randomBytes(count).toString('hex').slice(0, count);

type Files = Record<string, string | Buffer>;

async function tar(files: Files): Promise<Buffer> {
  const made = pack();
  for (const [name, content] of Object.entries(files)) made.entry({ name }, content);
  made.finalize();
  return buffer(Readable.from(made));
}

/** An archive of an image as it is saved: its layers, its settings, and what belongs to it. */
async function archive(layers: Files[], settings: object, listed = layers.length): Promise<Readable> {
  const names = Array.from({ length: listed }, (_, place) => `${place}.tar`);
  const blobs = await Promise.all(layers.map(async (files, place) => [`${place}.tar`, await tar(files)]));
  return Readable.from([
    await tar({
      ...(Object.fromEntries(blobs) as Files),
      'c0ffee.json': JSON.stringify(settings),
      'manifest.json': JSON.stringify([{ Config: 'c0ffee.json', Layers: names }]),
    }),
  ]);
}

async function found(layers: Files[], settings: object = {}, listed?: number): Promise<string[]> {
  const all: string[] = [];
  for await (const { layer, path, content } of imageFiles(await archive(layers, settings, listed))) {
    all.push(...search.in(path, content).map((what) => `${layer ?? ''} ${path}: ${what}`));
  }
  return all;
}

test('a secret is found in every layer, although a later one removes it', async () => {
  const layers = [{ './app/settings': `password = ${secret}` }, { 'app/.wh.settings': '' }];
  expect(await found(layers)).toEqual(['0.tar app/settings: the password']);
});

test('a secret is found in the settings and in the history', async () => {
  const settings = [
    { config: { Env: [`A=${secret}`] } },
    { history: [{ created_by: `RUN A=${secret}` }] },
    { config: { Labels: { a: secret } } },
  ];
  for (const made of settings) expect(await found([{}], made)).toEqual([' c0ffee.json: the password']);
});

test('a secret is found in what is compressed', () => {
  const text = Buffer.from(`const token = "${secret}"`);
  expect(search.in('app/a.js.gz', gzipSync(text))).toEqual(['the password']);
  expect(search.in('app/a.js.br', brotliCompressSync(text))).toEqual(['the password']);
  expect(search.in('app/a.js.br', text)).toEqual(['the password']);
});

test.each([
  ['a private key', privateKey],
  ['a private key', JSON.stringify({ key: privateKey })],
  ['an AWS access key', `AKIA${letters(16).toUpperCase()}`],
  ['a GitHub token', `ghp_${letters(36)}`],
  ['an npm token', `npm_${letters(36)}`],
  ['a signed token', `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`],
])('%s is known by how it looks', (what, text) => {
  expect(search.in('app/lib/a.ts', Buffer.from(`x = '${text}'`))).toEqual([what]);
});

test.each([
  'app/.env',
  'root/.npmrc',
  'app/.git/config',
  'app/services/auth/access-token.pem',
  'data/keys/webhooks.key',
])('%s is a file for secrets, whatever is in it', (path) => {
  expect(search.in(path, Buffer.from('-'))).toEqual(['a file for secrets']);
});

test.each([
  ['app/node_modules/a/.env', 'A=1'],
  ['etc/ssl/certs/a.pem', '-----BEGIN CERTIFICATE-----\nMIIB'],
  ['app/lib/key-file.ts', "text.includes('-----BEGIN PRIVATE KEY-----')"],
  ['app/node_modules/a/README.md', 'AKIAIOSFODNN7EXAMPLE'],
])('%s is no secret', (path, text) => {
  expect(search.in(path, Buffer.from(text))).toEqual([]);
});

test('programs and tests of packages may bring keys that everybody has, but no planted one', () => {
  const program = Buffer.from(`\x7fELF${privateKey}${secret}`);
  expect(search.in('usr/lib/a.so', program)).toEqual(['the password']);
  const source = Buffer.from(`${privateKey}${secret}`);
  expect(search.in('app/node_modules/a/src/a.test.ts', source)).toEqual(['the password']);
  expect(search.in('app/node_modules/a/src/a.ts', source)).toEqual(['a private key', 'the password']);
});

test('an archive that lacks a layer is no proof', async () => {
  await expect(found([{ a: '' }], {}, 2)).rejects.toThrow('1.tar');
  await expect(found([], {})).rejects.toThrow('0 layers');
});

test('secrets are planted where developers have them, and nothing is copied from there', async () => {
  const checkout = await mkdtemp(join(tmpdir(), 'checkout-'));
  const own = ['.env', 'data/keys/access-token.pem', 'k8s/overlays/dev/secrets/webhook.key', '.git/config'];
  for (const path of [...own, 'lib/a.ts']) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), 'the developer’s own');
  }
  const planted = await plantSecrets(checkout);
  try {
    const read = (path: string) => readFile(join(planted.folder, path), 'utf8');
    expect(await read('lib/a.ts')).toBe('the developer’s own');
    for (const path of own) {
      const values = [...planted.secrets].filter(([, place]) => place === path).map(([value]) => value);
      expect(values).not.toEqual([]);
      const text = await read(path);
      for (const value of values) expect(text).toContain(value);
      expect(text).not.toContain('the developer’s own');
    }
  } finally {
    await planted.remove();
    await rm(checkout, { recursive: true });
  }
});
