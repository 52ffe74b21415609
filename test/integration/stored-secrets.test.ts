import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { createDatabase } from '../../lib/database.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { tablesWith } from '../support/person-rows.ts';
import { json, PASSWORD, registerPerson, type Tokens } from '../support/person.ts';

let cluster: Cluster;
let mail: string;
beforeAll(async () => {
  mail = await mkdtemp(join(tmpdir(), 'video-system-mail-'));
  const replicas = { auth: 2, video: 1, notify: 1, processor: 1, api: 2 };
  cluster = await startCluster({ replicas, mailUrl: pathToFileURL(mail).href });
});
afterAll(async () => {
  await cluster.stop();
  await rm(mail, { recursive: true, force: true });
});

const keyFile = () => join(cluster.folder, 'keys', 'access-token.pem');
const kidOf = ({ accessToken }: Tokens) =>
  (JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

/** As an operator does: write the file, then restart one replica after the other. */
async function useKeys(...keys: string[]): Promise<void> {
  await writeFile(keyFile(), keys.join(''));
  for (const index of cluster.processes.auth.keys()) {
    await cluster.processes.auth[index]?.end('SIGTERM');
    cluster.restart('auth', index);
    await cluster.ready();
  }
}

/** What each gateway answers to a token. */
const answers = ({ accessToken }: Tokens) =>
  Promise.all(
    cluster.urls.map(async (url) => {
      const headers = { authorization: `Bearer ${accessToken}` };
      return (await fetch(`${url}/video`, { headers })).status;
    }),
  );
const post = async (path: string, body: object) =>
  (await (await fetch(`${cluster.urls[1] ?? ''}${path}`, json(body))).json()) as Tokens;

test('the signing key is replaced in two steps while nobody is logged out, at any gateway', async () => {
  const { email, tokens: before } = await registerPerson(cluster.urls[0] ?? '');
  const old = await readFile(keyFile(), 'utf8');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const fresh = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(createPrivateKey(old).equals(privateKey)).toBe(false);

  await useKeys(old, fresh);
  expect(await answers(before)).toEqual([200, 200]);
  await useKeys(fresh, old);
  expect(await answers(before)).toEqual([200, 200]);

  const after = await post('/login', { email, password: PASSWORD });
  expect(kidOf(after)).not.toBe(kidOf(before));
  expect(await answers(after)).toEqual([200, 200]);
  const refreshed = await post('/refresh', { refreshToken: before.refreshToken });
  expect(kidOf(refreshed)).toBe(kidOf(after));
  expect(await answers(refreshed)).toEqual([200, 200]);
});

/** The texts of the letters that carry a token. */
async function lettersTo(address: string): Promise<string[]> {
  const names = (await readdir(mail)).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(names.map(async (name) => simpleParser(await readFile(join(mail, name)))));
  const theirs = mails.filter(({ to }) => JSON.stringify(to).includes(address));
  return theirs.map(({ text = '' }) => text).filter((text) => TOKEN.test(text));
}
const TOKEN = /(?:verify|reset)[/#?=\w]*[/#=]([\w-]{43})/;

test('no secret that was handed out, or given, stands in any table', async () => {
  const [url = ''] = cluster.urls;
  const person = await registerPerson(url);
  const made = async (path: string, body: object) => {
    const response = await person.fetch(path, json(body));
    expect(response.status).toBe(201);
    return (await response.json()) as { key?: string; secret?: string };
  };
  const { key = '' } = await made('/me/keys', { name: 'k', scope: 'read' });
  const { secret = '' } = await made('/me/webhooks', { url: 'https://1.1.1.1/', kinds: ['video.failed'] });
  await fetch(`${url}/password/forgot`, json({ email: person.email }));
  const letters = () => lettersTo(person.email);
  await eventually(async () => (await letters()).length === 2, 'the letters', 60_000);
  const tokens = (await letters()).flatMap((text) => TOKEN.exec(text)?.[1] ?? []);
  expect(tokens).toHaveLength(2);
  const { accessToken, refreshToken } = person.tokens;
  const secrets = [PASSWORD, accessToken, refreshToken, key, key.slice(-43), secret.replace(/^whsec_/, '')];
  for (const name of ['auth', 'video', 'notify'] as const) {
    const database = createDatabase(cluster.databases[name]);
    for (const text of [...secrets, ...tokens]) {
      expect(text.length).toBeGreaterThan(15);
      expect([name, await tablesWith(database, text)]).toEqual([name, []]);
    }
    if (name === 'auth') expect(await tablesWith(database, person.email)).toContain('people');
    await database.close();
  }
});
