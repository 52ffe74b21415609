import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { PLACE_LEASE_MS } from '../../lib/places.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { listen, type Listener } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, valueOf } from '../support/metrics.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { downBehind } from '../support/readiness.ts';
import { startRabbit, type Rabbit } from '../support/rabbitmq.ts';
import { startServices, type ServiceProcess } from '../support/service-process.ts';

/** Two gateways: what is too much at both together, though it is not at either. */
const STREAMS = 4;
const STREAMS_OF_NETWORK = 6;
const SLOW = 3;

let rabbit: Rabbit;
let folder: string;
let env: Record<string, string>;
let ports: number[];
let gateways: ServiceProcess[];
let others: ServiceProcess;
let metricsPort: number;
const listeners: Listener[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-abuse-'));
  rabbit = await startRabbit();
  env = {
    DATA_DIR: folder,
    AMQP_URL: rabbit.url,
    AUTH_DATABASE_URL: await emptyDatabaseUrl(),
    VIDEO_DATABASE_URL: await emptyDatabaseUrl(),
    MAX_EVENT_STREAMS: String(STREAMS),
    MAX_EVENT_STREAMS_PER_NETWORK: String(STREAMS_OF_NETWORK),
    MAX_SLOW_REQUESTS: String(SLOW),
  };
  metricsPort = await freePort();
  ports = [await freePort(), await freePort()];
  gateways = ports.map((_, n) => startGateway(n));
  others = startServices(['services/auth', 'services/video'], { ...env, METRICS_PORT: String(metricsPort) });
  await Promise.all(ports.map((_, n) => ready(n)));
}, 180_000);
afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.cut();
  for (const socket of sockets.splice(0)) socket.destroy();
  await eventually(async () => (await held()) === 0, 'all places to be left');
});
afterAll(async () => {
  await Promise.all([...gateways, others].map((process) => process.end('SIGTERM')));
  await rabbit.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const startGateway = (n: number) => startServices('services/api', { ...env, PORT: String(ports[n]) });
const url = (n: number) => `http://127.0.0.1:${ports[n % ports.length]}`;
const ready = (n: number) => eventually(() => downBehind(url(n)), 'a gateway to be ready', 60_000);

async function inDatabase<Row extends pg.QueryResultRow>(database: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Places of gateways that live. */
async function held(): Promise<number> {
  const [row] = await inDatabase<{ held: number }>(
    env.AUTH_DATABASE_URL ?? '',
    `SELECT count(*)::integer AS held FROM places JOIN place_holders AS holder ON holder.id = holder_id
     WHERE expires_at > now()`,
  );
  return row?.held ?? 0;
}

async function follow(person: ApiPerson, gateway: number): Promise<Listener> {
  const listener = await listen(url(gateway), person.tokens.accessToken);
  listeners.push(listener);
  return listener;
}
const refused = async (limit: string) =>
  valueOf(await scrape(metricsPort), new RegExp(`video_system_abuse_refused_total\\{limit="${limit}"\\}`));

test('event streams of a person, and from a network, count at all gateways together; the metric tells of it', async () => {
  const [ann, ben] = [await registerPerson(url(0)), await registerPerson(url(1))];
  for (let n = 0; n < STREAMS; n += 1) await follow(ann, n);
  for (const gateway of [0, 1]) await expect(follow(ann, gateway)).rejects.toThrow('429');
  expect(await refused('streams-of')).toBe(2);
  for (let n = STREAMS; n < STREAMS_OF_NETWORK; n += 1) await follow(ben, n);
  await expect(follow(ben, 0)).rejects.toThrow('429');
  expect(await refused('streams-from')).toBe(1);

  listeners[0]?.cut();
  await eventually(async () => (await held()) < STREAMS_OF_NETWORK, 'the place to be left');
  await follow(ben, 1);
});

test('a gateway that is killed gives its places back within the time of a lease', async () => {
  const ann = await registerPerson(url(0));
  for (let n = 0; n < STREAMS; n += 1) await follow(ann, 1);
  await expect(follow(ann, 0)).rejects.toThrow('429');
  await gateways[1]?.end('SIGKILL');
  const killedAt = Date.now();
  await eventually(
    () =>
      follow(ann, 0).then(
        () => true,
        () => false,
      ),
    'the places of the dead to be free',
    PLACE_LEASE_MS + 10_000,
  );
  expect(Date.now() - killedAt).toBeLessThan(PLACE_LEASE_MS + 5000);
  gateways[1] = startGateway(1);
  await ready(1);
});

/** An upload that stands still. */
async function beginSlowly(
  person: ApiPerson,
  gateway: number,
): Promise<{ socket: Socket; answer: () => string }> {
  const socket = connect(ports[gateway % ports.length] ?? 0, '127.0.0.1');
  sockets.push(socket);
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
  socket.on('error', () => undefined);
  socket.write(
    `POST /video HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${person.tokens.accessToken}\r\n` +
      'Content-Type: video/mp4\r\nContent-Length: 1000000\r\n\r\nabc',
  );
  return new Promise((resolve) => socket.once('connect', () => resolve({ socket, answer: () => answer })));
}

test('slow requests of a person count at all gateways together: those that are too many are ended', async () => {
  const [ann, ben] = [await registerPerson(url(0)), await registerPerson(url(0))];
  const uploads: Awaited<ReturnType<typeof beginSlowly>>[] = [];
  for (let n = 0; n < SLOW + 1; n += 1) uploads.push(await beginSlowly(ann, n));
  const other = await beginSlowly(ben, 1);
  const ended = () => uploads.filter(({ socket }) => socket.closed);
  await eventually(() => ended().length > 0, 'one to be ended', 20_000);
  expect(ended()[0]?.answer()).toMatch(/^HTTP\/1.1 429 [^]*"code":"too_many_requests"/);
  await eventually(async () => (await held()) === SLOW + 1, 'the others to be counted');
  expect(ended()).toHaveLength(1);
  expect(await refused('slow-of')).toBe(1);
  expect(other.socket.closed).toBe(false);
});

test('without the database streams go on and new ones begin; all of them count when it is back', async () => {
  const ann = await registerPerson(url(0));
  const before = await follow(ann, 0);
  await before.next('the reset', ({ name }) => name === 'reset');
  const database = env.AUTH_DATABASE_URL ?? '';
  const [, name = ''] = /\/(test_\w+)/.exec(database) ?? [];
  const server = process.env.TEST_POSTGRES_URL ?? '';
  await inDatabase(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await inDatabase(
    server,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  try {
    for (let n = 1; n < STREAMS; n += 1) await follow(ann, n);
  } finally {
    await inDatabase(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  }
  await eventually(async () => (await held()) === STREAMS, 'all streams to be counted');
  expect(listeners.some(({ ended }) => ended)).toBe(false);
  await expect(follow(ann, 0)).rejects.toThrow('429');
  await expect(follow(ann, 1)).rejects.toThrow('429');
});
