import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { listen } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { json, PASSWORD, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { beginUpload, digestOf, startClient, uniqueClip } from '../support/resumable.ts';
import { startRabbit, type Rabbit } from '../support/rabbitmq.ts';
import { startServices, type ServiceProcess } from '../support/service-process.ts';

/** Two gateways, two replicas of auth, one of video: what a gateway calls ready. */
let rabbit: Rabbit;
let folder: string;
let env: Record<string, string>;
let urls: string[];
let gateways: ServiceProcess[];
let auth: ServiceProcess[];
let video: ServiceProcess;
let people: ApiPerson[];

const startAuth = () => startServices('services/auth', { ...env, LOG_LEVEL: 'debug' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-cluster-'));
  rabbit = await startRabbit();
  env = {
    DATA_DIR: folder,
    AMQP_URL: rabbit.url,
    AUTH_DATABASE_URL: await emptyDatabaseUrl(),
    VIDEO_DATABASE_URL: await emptyDatabaseUrl(),
  };
  const ports = [await freePort(), await freePort()];
  urls = ports.map((port) => `http://127.0.0.1:${port}`);
  gateways = ports.map((port) => startServices('services/api', { ...env, PORT: String(port) }));
  auth = [startAuth(), startAuth()];
  video = startServices('services/video', env);
  await everyoneIsUseful();
  people = await Promise.all(urls.flatMap((url) => [registerPerson(url), registerPerson(url)]));
}, 180_000);

afterAll(async () => {
  await Promise.all([...gateways, ...auth, video].map((process) => process.end('SIGTERM')));
  await rabbit.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const readiness = async (url: string) => (await fetch(`${url}/health/ready`)).status;
const url = (number: number) => urls[number % urls.length] ?? '';

function person(number: number): ApiPerson {
  const found = people[number % people.length];
  if (!found) throw new Error('Nobody has registered');
  return found;
}

/** How many requests a replica of auth has taken. */
const taken = (replica: ServiceProcess, action = 'auth.') =>
  replica.output().split(`<= Request '${action}`).length - 1;

/** Wait until both gateways are ready and both replicas of auth take requests again. */
async function everyoneIsUseful(withinMs = 60_000): Promise<void> {
  const before = auth.map((replica) => taken(replica));
  await eventually(
    async () => {
      const ready = await Promise.all(urls.map((each) => readiness(each).catch(() => 0)));
      return ready.every((status) => status === 200) && auth.every((it, n) => taken(it) > (before[n] ?? 0));
    },
    'every process to be useful',
    withinMs,
  );
}

const getMe = (number: number) => person(number).fetch(new URL('/me', url(number)).href);
const logIn = (number: number) =>
  fetch(`${url(number)}/login`, json({ email: person(number).email, password: PASSWORD }));

/** Requests of a few people at a time, through both gateways; resolves to how often each was answered: a status, with the code of a problem. */
async function send(count: number, request: (number: number) => Promise<Response>) {
  const statuses: Record<string, number> = {};
  let next = 0;
  const client = async () => {
    while (next < count) {
      const response = await request(next++);
      const outcome = response.ok ? String(response.status) : (await problemOf(response)).join(' ');
      statuses[outcome] = (statuses[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return statuses;
}

const mixed = (number: number) => (number % 10 === 0 ? logIn(number) : getMe(number));

test('an upload goes on at whichever gateway, and two of them never write to it at once', async () => {
  const bytes = await uniqueClip(9 * 1024 ** 2);
  const uploader = person(0);
  const path = await beginUpload(uploader, bytes.length);
  const clients = urls.map((gateway) =>
    startClient(gateway, uploader, bytes, { uploadUrl: `${gateway}${path}`, chunkSize: 1024 ** 2 }),
  );
  const ids = await Promise.all(clients.map(({ done }) => done));
  expect(ids.map((id) => `/uploads/${id}`)).toEqual([path, path]);
  const found = (await (await uploader.fetch(`/video/${ids[0]}`)).json()) as VideoJson;
  expect(found).toMatchObject({ sha256: digestOf(bytes), size: bytes.length });
  const { items } = (await (await uploader.fetch('/video')).json()) as { items: VideoJson[] };
  expect(items).toHaveLength(1);
});

test('what changes through one gateway is told at the other, whose ids are good at both', async () => {
  const changer = person(1);
  const token = changer.tokens.accessToken;
  const [here = '', there = ''] = urls;
  const first = await listen(here, token);
  await first.next('the reset', ({ name }) => name === 'reset');
  const body = await uniqueClip(2 * 1024 ** 2);
  const headers = { 'content-type': 'application/octet-stream' };
  const posted = await changer.fetch(new URL('/video', there).href, { method: 'POST', body, headers });
  const { id } = (await posted.json()) as VideoJson;
  await first.next('the new video', ({ name, json: video }) => name === 'video' && video.id === id);
  first.cut();
  await changer.fetch(new URL(`/video/${id}/cancel`, here).href, { method: 'POST' });
  const second = await listen(there, token, first.lastEventId);
  await second.next('what was missed', ({ json: video }) => video.id === id && video.status === 'canceled');
  second.cut();
});

test('a session that ends at one gateway is refused by the other within two seconds', async () => {
  const [here = '', there = ''] = urls;
  const leaver = await registerPerson(here);
  const me = () => leaver.fetch(new URL('/me', there).href);
  expect((await me()).status).toBe(200);
  await fetch(`${here}/logout`, json({ refreshToken: leaver.tokens.refreshToken }));
  const endedAt = Date.now();
  await eventually(async () => (await me()).status === 401, 'the session to be refused', 10_000);
  expect(Date.now() - endedAt).toBeLessThan(2000);
});

test('guesses at a password count together, whichever gateway they reach', async () => {
  const { email } = await registerPerson(url(0));
  const guess = (number: number) => fetch(`${url(number)}/login`, json({ email, password: 'a guess' }));
  for (let number = 0; number < 10; number += 1) {
    expect(await problemOf(await guess(number))).toEqual([401, 'invalid_credentials']);
  }
  for (const number of [0, 1]) {
    expect(await problemOf(await guess(number))).toEqual([429, 'too_many_requests']);
  }
});

test('both gateways share the requests among both replicas', async () => {
  const before = auth.map((replica) => taken(replica, 'auth.person'));
  expect(await send(200, getMe)).toEqual({ 200: 200 });
  const shares = auth.map((replica, number) => taken(replica, 'auth.person') - (before[number] ?? 0));
  expect(shares.reduce((sum, share) => sum + share)).toBe(200);
  expect(Math.min(...shares)).toBeGreaterThan(50);
});

test('kill -9 of a replica in the middle of requests: none is refused', async () => {
  const sent = send(220, mixed);
  const [first] = auth as [ServiceProcess, ServiceProcess];
  const before = taken(first);
  await eventually(() => taken(first) > before + 20, 'the replica to be busy');
  await first.end('SIGKILL');
  expect(await sent).toEqual({ 200: 220 });
  auth[0] = startAuth();
  await everyoneIsUseful();
});

test('a replica that is asked to stop in the middle of requests: none is refused', async () => {
  const sent = send(220, mixed);
  const [, second] = auth as [ServiceProcess, ServiceProcess];
  const before = taken(second);
  await eventually(() => taken(second) > before + 20, 'the replica to be busy');
  expect(await second.end('SIGTERM')).toBe(0);
  expect(await sent).toEqual({ 200: 220 });
  auth[1] = startAuth();
  await everyoneIsUseful();
});

test('a replica that freezes with requests in hand: another answers them in time', async () => {
  const [first] = auth as [ServiceProcess, ServiceProcess];
  const sent = send(60, getMe);
  first.signal('SIGSTOP');
  expect(await sent).toEqual({ 200: 60 });
  first.signal('SIGCONT');
  await everyoneIsUseful();
});

test('RabbitMQ restarts in the middle of requests: readiness tells, nobody hangs, everything comes back', async () => {
  const sent = send(200, getMe);
  await rabbit.restart(async () => {
    const asked = performance.now();
    expect(await Promise.all(urls.map(readiness))).toEqual([503, 503]);
    expect(await problemOf(await getMe(0))).toEqual([503, 'unavailable']);
    expect(await problemOf(await logIn(1))).toEqual([503, 'unavailable']);
    expect(performance.now() - asked).toBeLessThan(3000);
    const { 200: answered = 0, '503 unavailable': refused = 0, '503 overloaded': shed = 0 } = await sent;
    expect(answered + refused + shed).toBe(200);
    expect(performance.now() - asked).toBeLessThan(7000);
  });
  await everyoneIsUseful(30_000);
  expect(await send(50, mixed)).toEqual({ 200: 50 });
}, 120_000);

test('RabbitMQ freezes: readiness tells within seconds, and again when it wakes', async () => {
  const everyone = [...gateways, ...auth, video];
  const losses = () => everyone.map((each) => each.output().split('connection to RabbitMQ is lost').length);
  const before = losses();
  const broker = await rabbit.pid();
  process.kill(broker, 'SIGSTOP');
  try {
    const asked = performance.now();
    expect(await readiness(url(0))).toBe(503);
    expect(performance.now() - asked).toBeLessThan(6000);
    const allLost = () => losses().every((count, number) => count > (before[number] ?? 0));
    await eventually(allLost, 'every process to miss the heartbeats', 30_000);
  } finally {
    process.kill(broker, 'SIGCONT');
  }
  await everyoneIsUseful(30_000);
  expect(await send(50, mixed)).toEqual({ 200: 50 });
}, 120_000);

test('all queues are deleted: everything comes back', async () => {
  await rabbit.deleteAllQueues();
  await everyoneIsUseful(30_000);
  expect(await send(50, mixed)).toEqual({ 200: 50 });
});

test('all services may share one process, whose calls go through RabbitMQ like those of others', async () => {
  const port = await freePort();
  const alone = startServices('services', {
    ...env,
    NAMESPACE: 'one-process',
    NOTIFY_DATABASE_URL: await emptyDatabaseUrl(),
    PORT: String(port),
  });
  const at = `http://127.0.0.1:${port}`;
  await eventually(
    () =>
      readiness(at).then(
        (status) => status === 200,
        () => false,
      ),
    'it to be ready',
  );
  const someone = await registerPerson(at);
  expect((await someone.fetch('/me')).status).toBe(200);
  expect(await alone.end('SIGTERM')).toBe(0);
});
