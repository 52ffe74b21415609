import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { emptyDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { json, PASSWORD, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { downBehind } from '../support/readiness.ts';
import { startRabbit, type Rabbit } from '../support/rabbitmq.ts';
import { startServices, type ServiceProcess } from '../support/service-process.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

const signingKeys = { old: newSigningKey(), fresh: newSigningKey() };
const webhookKeys = { old: randomBytes(32).toString('base64'), fresh: randomBytes(32).toString('base64') };
type Key = keyof typeof signingKeys;

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

let rabbit: Rabbit;
let mail: TestServer;
let receiver: Receiver;
let folder: string;
let env: Record<string, string>;
let url: string;
let gateway: ServiceProcess;
/** Two of `auth` and `notify`, each with key files of its own, as it has them while they are being replaced. */
const replicas: ServiceProcess[] = [];

/** Somebody who logs in with a code and has a webhook. */
interface Owner {
  person: ApiPerson;
  totp: TOTP;
  webhook: { id: string; secret: string };
}
const owners: Owner[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-keys-'));
  [rabbit, mail, receiver] = await Promise.all([startRabbit(), startTestServer(), startReceiver()]);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = {
    DATA_DIR: folder,
    AMQP_URL: rabbit.url,
    MAIL_URL: mail.url,
    PORT: String(port),
    PUBLIC_URL: url,
    LOG_LEVEL: 'debug',
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
    AUTH_DATABASE_URL: await emptyDatabaseUrl(),
    VIDEO_DATABASE_URL: await emptyDatabaseUrl(),
    NOTIFY_DATABASE_URL: await emptyDatabaseUrl(),
  };
  gateway = startServices(['services/api', 'services/video'], env);
  // The one has the new key already, behind the old one.
  await Promise.all([start(0, 'old', 'fresh'), start(1, 'old')]);
  for (let n = 0; n < 3; n += 1) owners.push(await makeOwner());
}, 180_000);
afterAll(async () => {
  await Promise.all([gateway, ...replicas].map((process) => process.end('SIGTERM')));
  await Promise.all([rabbit.stop(), mail.stop(), receiver.stop()]);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Start a replica, or start it again, with these keys; resolves when it and the gateway are ready. */
async function start(replica: 0 | 1, ...keys: Key[]): Promise<void> {
  await replicas[replica]?.end('SIGTERM');
  const [pem, key] = [join(folder, `${replica}.pem`), join(folder, `${replica}.key`)];
  await writeFile(pem, keys.map((name) => signingKeys[name]).join(''));
  await writeFile(key, keys.map((name) => `${webhookKeys[name]}\n`).join(''));
  const started = startServices(['services/auth', 'services/notify'], {
    ...env,
    SIGNING_KEY_FILE: pem,
    WEBHOOK_KEY_FILE: key,
  });
  replicas[replica] = started;
  // The gateway hears of a service a moment after it has started.
  const isSeen = async () => (await downBehind(url))?.includes('notify') === false;
  await eventually(
    async () => started.output().includes("Service 'notify' started") && (await isSeen()),
    'a replica to be ready',
    120_000,
  );
}

async function answer<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const post = (path: string, body: object) => fetch(`${url}${path}`, json(body));

async function makeOwner(): Promise<Owner> {
  const person = await registerPerson(url);
  const path = '/me/second-factor';
  const { secret } = await answer<{ secret: string }>(await person.fetch(path, json({ password: PASSWORD })));
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await answer(await person.fetch(`${path}/confirm`, json({ code: totp.generate() })));
  const wish = { url: receiver.url, kinds: ['video.failed'] };
  const webhook = await answer<Owner['webhook']>(await person.fetch('/me/webhooks', json(wish)));
  return { person, totp, webhook };
}

/** Log in with a code; that it was used before is forgotten, for there is only one each half minute. */
async function logIn({ person, totp }: Owner): Promise<Tokens> {
  const client = new pg.Client({ connectionString: env.AUTH_DATABASE_URL ?? '' });
  await client.connect();
  await client.query('UPDATE second_factors SET last_step = NULL');
  await client.end();
  return answer<Tokens>(
    await post('/login', { email: person.email, password: PASSWORD, code: totp.generate() }),
  );
}

const taken = (action: string) =>
  replicas.map((replica) => replica.output().split(`<= Request '${action}'`).length);

/** Repeat something until both replicas have taken part in it. */
async function atBoth(action: string, work: (owner: Owner) => Promise<unknown>): Promise<void> {
  const before = taken(action);
  for (let n = 0; n < 30; n += 1) {
    const owner = owners[n % owners.length];
    if (owner) await work(owner);
    if (taken(action).every((count, replica) => count > (before[replica] ?? 0))) return;
  }
  throw new Error(`Not both replicas have taken part in ${action}`);
}

const me = ({ accessToken }: Tokens) =>
  fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });

/** The receiver can verify what is signed with the secret of each webhook. */
async function expectWebhooks(): Promise<void> {
  for (const { person, webhook } of owners) {
    const before = receiver.received.length;
    const tested = await person.fetch(`/me/webhooks/${webhook.id}/test`, { method: 'POST' });
    expect(tested.status).toBe(202);
    const { headers, body } = await eventually(() => receiver.received[before], 'a delivery');
    expect(new Webhook(webhook.secret).verify(body, headers)).toMatchObject({ type: 'webhook.test' });
  }
}

const letterTo = (email: string) =>
  eventually(() => {
    const texts = mail.received.flatMap(({ recipients, mail: { text } }) =>
      recipients.includes(email) && text ? [text] : [],
    );
    return texts.map((text) => /#\/reset\/([\w-]{43})/.exec(text)?.[1]).findLast(Boolean);
  }, 'a letter');

/** Everything that hangs on a key, at both replicas. */
async function expectAllGoesOn(): Promise<void> {
  for (const owner of owners) expect((await me(owner.person.tokens)).status).toBe(200);
  await atBoth('auth.login', async (owner) => {
    const tokens = await logIn(owner);
    expect((await me(tokens)).status).toBe(200);
    owner.person.tokens.refreshToken = tokens.refreshToken;
  });
  await atBoth('auth.refresh', async ({ person: { tokens } }) => {
    const fresh = await answer<Tokens>(await post('/refresh', { refreshToken: tokens.refreshToken }));
    tokens.refreshToken = fresh.refreshToken;
  });
  await expectWebhooks();
}

test('keys are replaced under two running replicas, and nobody notices', async () => {
  const [reader, quiet] = [await registerPerson(url), await makeOwner()];
  await post('/password/forgot', { email: reader.email });
  const letter = await letterTo(reader.email);
  await expectAllGoesOn();
  await start(1, 'old', 'fresh');

  // The one signs and seals with the new key, the other one with the old.
  await start(0, 'fresh', 'old');
  await expectAllGoesOn();
  owners.push(await makeOwner());
  await start(1, 'fresh', 'old');
  await expectAllGoesOn();

  // Access tokens of the old key end with it; people have refreshed them by then.
  await start(0, 'fresh');
  for (const { person } of owners) {
    const fresh = await answer<Tokens>(await post('/refresh', { refreshToken: person.tokens.refreshToken }));
    person.tokens.accessToken = fresh.accessToken;
    person.tokens.refreshToken = fresh.refreshToken;
  }
  await expectAllGoesOn();
  await start(1, 'fresh');
  await expectAllGoesOn();
  // Who has done nothing in all that time has lost nothing either.
  await logIn(quiet);
  const reset = await post('/password/reset', { token: letter, password: 'quite another one 7' });
  expect(reset.status).toBe(204);
}, 400_000);
