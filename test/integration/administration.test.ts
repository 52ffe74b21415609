import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import amqp from 'amqplib';
import type { z } from 'zod';
import * as replies from '../../lib/administration/replies.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createRabbitQueue } from '../../lib/queue/rabbitmq.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { measures } from '../support/metrics.ts';
import { json, PASSWORD, problemOf, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { downBehind } from '../support/readiness.ts';
import { startRabbit, type Rabbit } from '../support/rabbitmq.ts';
import { startRepl, type Repl } from '../support/repl.ts';
import { startServices, type ServiceProcess } from '../support/service-process.ts';

/** All services in one process, but over a broker, as in a cluster; and a REPL that has none of them. */
const NAMESPACE = 'administration';
let folder: string;
let rabbit: Rabbit;
let services: ServiceProcess;
let url: string;
let metricsPort: number;
let repl: Repl;
let admin: ApiPerson;
let ana: ApiPerson;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-administration-'));
  rabbit = await startRabbit();
  const port = await freePort();
  metricsPort = await freePort();
  url = `http://127.0.0.1:${port}`;
  const broker = { AMQP_URL: rabbit.url, NAMESPACE, HOME: folder };
  services = startServices('services', {
    ...{ ...broker, DATA_DIR: folder, PORT: String(port), PUBLIC_URL: url },
    AUTH_DATABASE_URL: await emptyDatabaseUrl(),
    VIDEO_DATABASE_URL: await emptyDatabaseUrl(),
    NOTIFY_DATABASE_URL: await emptyDatabaseUrl(),
    METRICS_PORT: String(metricsPort),
    // Nobody but an administrator puts right what is lost.
    SWEEP_SECONDS: '3600',
  });
  await eventually(async () => {
    if (services.exitCode() !== undefined) throw new Error(`It has ended:\n${services.output()}`);
    return (await downBehind(url))?.length === 0;
  }, 'the system to be ready');
  repl = await startRepl(broker);
  admin = await registerPerson(url);
  ana = await registerPerson(url, { name: 'Ana' });
  const granted = () => repl.ask(`user grant-admin ${admin.email}`);
  // A REPL hears of the others a moment after it has come.
  await eventually(
    async () => (await granted()).includes('is an administrator'),
    'the REPL to see the system',
  );
  await logIn(admin);
}, 180_000);

afterAll(async () => {
  await repl.leave();
  await services.end('SIGTERM');
  await rabbit.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const logIn = async (person: ApiPerson) => {
  const response = await fetch(`${url}/login`, json({ email: person.email, password: PASSWORD }));
  Object.assign(person.tokens, (await response.json()) as Tokens);
};
/** What the server answers is what is said of it. */
const get = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
  schema.parse(await (await admin.fetch(path)).json());
const send = async <Schema extends z.ZodType>(
  method: string,
  path: string,
  schema: Schema,
  body?: object,
) => {
  const response = await admin.fetch(path, body ? json(body, { method }) : { method });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return schema.parse(await response.json());
};
const DEAD_ONES = /video_system_queue_messages\{topic="video\.uploaded",state="dead"\}/;
const deadLetters = async () => (await get('/admin/dead-letters', replies.deadLetters)).items;
const theNode = async () => {
  const { items } = await get('/admin/nodes', replies.nodeList);
  const node = items.find(({ services: names }) => names.includes('processor'));
  if (!node) throw new Error('There is no processor');
  return node;
};

/** Take messages like a processor that is broken: it fails at each at once, and for good. */
async function failAtMessages() {
  const broken = { maxDeliveries: 1, backoffMs: () => 1 };
  const queue = createRabbitQueue({ url: rabbit.url, namespace: NAMESPACE }, silentLogger, broken);
  await queue.consume('video.uploaded', { concurrency: 1 }, () =>
    Promise.reject(new Error('broken release')),
  );
  return queue;
}

test('only administrators come in: no ordinary person, no API key, nobody without a token', async () => {
  const paths = ['jobs', 'people', 'queues', 'dead-letters', 'nodes', 'retention', 'deeds'];
  const wish = json({ name: 'all I may', scope: 'read' });
  const { key } = (await (await admin.fetch('/me/keys', wish)).json()) as { key: string };
  const withKey = { headers: { authorization: `Bearer ${key}` } };
  for (const path of paths.map((name) => `/admin/${name}`)) {
    expect((await admin.fetch(path)).status).toBe(200);
    expect(await problemOf(await ana.fetch(path))).toEqual([403, 'forbidden']);
    expect(await problemOf(await fetch(url + path, withKey))).toEqual([403, 'forbidden']);
    expect(await problemOf(await fetch(url + path))).toEqual([401, 'unauthorized']);
  }
  await get('/admin/retention', replies.retentionReport);
  const deeds = ['jobs/x/requeue', 'people/x/disable', 'dead-letters/video.failed/requeue', 'nodes/x/drain'];
  for (const deed of deeds) {
    const response = await ana.fetch(`/admin/${deed}`, { method: 'POST' });
    expect(await problemOf(response)).toEqual([403, 'forbidden']);
  }
});

test('a drained node takes no work; a message that was given up is seen, put back, and its job finished', async () => {
  const { id: node, ...about } = await theNode();
  expect(about).toMatchObject({ available: true, version: '0.1.0', work: { paused: false, inHand: 0 } });
  expect(about.services).toEqual(['api', 'auth', 'notify', 'processor', 'video']);
  for (let times = 0; times < 2; times += 1) {
    expect(await send('POST', `/admin/nodes/${node}/drain`, replies.workState)).toEqual({
      paused: true,
      inHand: 0,
    });
  }
  const broken = await failAtMessages();
  const { id: videoId } = await ana.upload(footage('birds.mp4'));
  const [letter] = await eventually(async () => {
    const letters = await deadLetters();
    return letters.length > 0 && letters;
  }, 'the dead letter');
  await broken.close();
  expect(letter).toMatchObject({
    ...{ topic: 'video.uploaded', reason: 'Error: broken release', deliveries: 1, valid: true },
    message: { videoId, personId: ana.id },
  });
  const path = `/admin/dead-letters/video.uploaded/${letter?.id}`;
  expect(await get(path, replies.deadLetter)).toEqual(letter);
  expect(await repl.ask('dead list')).toMatch(/video\.uploaded +[\w-]+ .* Error: broken release/);
  expect(await repl.ask(`dead show video.uploaded ${letter?.id}`)).toContain(`"videoId":"${videoId}"`);

  expect(await send('POST', `${path}/requeue`, replies.counted)).toEqual({ count: 1 });
  expect(await deadLetters()).toEqual([]);
  const [job] = (await get(`/admin/jobs?status=queued&personId=${ana.id}`, replies.jobPage)).items;
  expect(job).toMatchObject({ videoId, status: 'queued', attempts: 0, filename: expect.any(String) });
  const { topics } = await get('/admin/queues', replies.queueReport);
  expect(topics[0]).toMatchObject({ waiting: 1, dead: 0 });

  expect(await send('POST', `/admin/nodes/${node}/resume`, replies.workState)).toMatchObject({
    paused: false,
  });
  await ana.waitFor(videoId, 'completed');
  const story = await get(`/admin/jobs/${job?.id}`, replies.jobStory);
  expect(story).toMatchObject({
    status: 'completed',
    attempts: 1,
    frameCount: 2,
    archive: { size: expect.any(Number) },
  });
  expect(story.events.map(({ topic }) => topic).sort()).toEqual(['video.processed', 'video.uploaded']);
  const again = await admin.fetch(`/admin/jobs/${job?.id}/requeue`, { method: 'POST' });
  expect(await problemOf(again)).toEqual([409, 'invalid_state']);
  expect(await problemOf(await admin.fetch('/admin/jobs/nonsense'))).toEqual([404, 'not_found']);
  const nowhere = await admin.fetch('/admin/nodes/elsewhere/drain', { method: 'POST' });
  expect(await problemOf(nowhere)).toEqual([404, 'not_found']);
});

test('what a drained node has in hand it hands back', async () => {
  const { id: node } = await theNode();
  const recipe = JSON.stringify({ select: { mode: 'all' }, format: 'png' });
  const { id: videoId } = await ana.upload(footage('city-mpeg1.mpg'), { recipe });
  await ana.waitFor(videoId, 'processing');
  expect(await send('POST', `/admin/nodes/${node}/drain`, replies.workState)).toEqual({
    paused: true,
    inHand: 0,
  });
  const job = await get(`/admin/jobs/${videoId}`, replies.jobStory);
  expect(job).toMatchObject({ status: 'queued', worker: null, attempts: 1, failedAttempts: 0 });
  expect(await send('POST', `/admin/jobs/${job.id}/cancel`, replies.jobStory)).toMatchObject({
    status: 'canceled',
  });
  await send('POST', `/admin/nodes/${node}/resume`, replies.workState);
});

test('what is no message is shown as it is, and purged: one by its id, all of a topic by a confirmation', async () => {
  const connection = await amqp.connect(rabbit.url);
  const channel = await connection.createChannel();
  for (const text of ['poison', '{"id": 1}', '[]']) {
    channel.sendToQueue(`${NAMESPACE}.video.uploaded`, Buffer.from(text));
  }
  await eventually(async () => (await deadLetters()).length === 3, 'the dead letters');
  await measures(metricsPort, DEAD_ONES, 3);
  await connection.close();
  const poison = (await deadLetters()).find(({ message }) => message === 'poison');
  expect(poison).toMatchObject({ valid: false, reason: expect.stringContaining('no message') });
  expect(await send('DELETE', `/admin/dead-letters/video.uploaded/${poison?.id}`, replies.counted)).toEqual({
    count: 1,
  });
  const gone = await admin.fetch(`/admin/dead-letters/video.uploaded/${poison?.id}`);
  expect(await problemOf(gone)).toEqual([404, 'not_found']);
  const unconfirmed = await admin.fetch('/admin/dead-letters/video.uploaded', { method: 'DELETE' });
  expect(await problemOf(unconfirmed)).toEqual([422, 'validation_failed']);

  expect(await repl.ask('dead purge video.uploaded')).toBe(
    'validation_failed: id: Name a message, or say --all',
  );
  expect(await repl.ask('dead purge video.uploaded --all')).toContain('add --yes');
  expect(await deadLetters()).toHaveLength(2);
  const confirmed = '/admin/dead-letters/video.uploaded?confirm=video.uploaded';
  expect(await send('DELETE', confirmed, replies.counted)).toEqual({ count: 2 });
  expect(await repl.ask('dead list')).toBe('There are no dead letters');
  await measures(metricsPort, DEAD_ONES, 0);
});

test('people are found, shut out, let in again, logged out and given a role; it is all written down', async () => {
  const ben = await registerPerson(url);
  const path = `/admin/people/${ben.id}`;
  const found = await get(`/admin/people?search=${ben.email.slice(0, 30).toUpperCase()}`, replies.peoplePage);
  expect(found.items).toEqual([await get(path, replies.personRecord)]);
  expect(found.items[0]).toMatchObject({
    id: ben.id,
    role: 'user',
    disabledAt: null,
    sessions: 1,
    apiKeys: 0,
  });

  expect(await send('POST', `${path}/disable`, replies.personRecord)).toMatchObject({
    disabledAt: expect.any(String),
    sessions: 0,
  });
  const enter = (password: string) => fetch(`${url}/login`, json({ email: ben.email, password }));
  expect(await problemOf(await enter(PASSWORD))).toEqual([403, 'account_disabled']);
  expect(await problemOf(await enter('not the password'))).toEqual([401, 'invalid_credentials']);
  await eventually(async () => (await ben.fetch('/me')).status === 401, 'the access token to be refused');
  expect(await send('POST', `${path}/enable`, replies.personRecord)).toMatchObject({ disabledAt: null });
  await logIn(ben);
  expect((await ben.fetch('/me')).status).toBe(200);

  expect(await send('PUT', `${path}/role`, replies.personRecord, { role: 'admin' })).toMatchObject({
    role: 'admin',
  });
  expect(await send('DELETE', `${path}/sessions`, replies.counted)).toEqual({ count: 1 });
  const own = await admin.fetch(`/admin/people/${admin.id}/disable`, { method: 'POST' });
  expect(await problemOf(own)).toEqual([409, 'invalid_state']);
  expect(await problemOf(await admin.fetch('/admin/people/nobody'))).toEqual([404, 'not_found']);

  const about = async () =>
    (await get('/admin/deeds', replies.deedPage)).items.filter((entry) => entry.about === ben.id);
  expect((await about()).map(({ deed }) => deed)).toEqual([
    ...['sessions_ended', 'role_changed', 'person_enabled', 'person_disabled'],
  ]);
  expect((await about()).every(({ by }) => by === admin.id)).toBe(true);
});

test('a person’s own quotas hold, and go', async () => {
  const path = `/admin/people/${ana.id}/quotas`;
  const before = await get(path, replies.quotaReport);
  expect(before).toMatchObject({ overrides: { videosPerDay: null }, used: { videosPerDay: 2 } });
  await send('PUT', path, replies.quotaReport, { videosPerDay: 1 });
  const upload = () =>
    ana.fetch('/video', { method: 'POST', body: 'x', headers: { 'content-type': 'video/mp4' } });
  expect(await problemOf(await upload())).toEqual([429, 'quota_exceeded']);
  expect(await (await ana.fetch('/me/usage')).json()).toMatchObject({ videosPerDay: { limit: 1 } });
  expect(await repl.ask(`quota ${ana.email}`)).toMatch(/videosPerDay +2 +1 +their own/);
  const tooMuch = await admin.fetch(
    path,
    json({ fileBytes: before.defaults.fileBytes + 1 }, { method: 'PUT' }),
  );
  expect(await problemOf(tooMuch)).toEqual([422, 'validation_failed']);
  expect(await send('DELETE', path, replies.quotaReport)).toMatchObject({
    overrides: { videosPerDay: null },
    setAt: null,
  });
  expect((await upload()).status).toBe(201);
  const nobody = await admin.fetch('/admin/people/00000000-0000-4000-8000-000000000000/quotas');
  expect(await problemOf(nobody)).toEqual([404, 'not_found']);
});

test('the REPL lists, tells and changes, and says what is wrong in a sentence with its code', async () => {
  const { id: node } = await theNode();
  expect(await repl.ask('jobs --status completed')).toMatch(/^JOB +STATUS.*\n[\w-]{36} +completed +100 %/);
  expect(await repl.ask('users --search ANA --limit 5')).toMatch(/E-MAIL/);
  expect(await repl.ask('queues')).toMatch(/video\.uploaded +\d +0 +0/);
  expect(await repl.ask('processes')).toMatch(new RegExp(`${node} +up +0\\.1\\.0 .*working, \\d in hand`));
  expect(await repl.ask('retention --dry-run')).toContain('0 things, 0 B would go');
  expect(await repl.ask(`drain ${node}`)).toBe(`${node}: drained, 0 in hand`);

  const { id: videoId } = await ana.upload(footage('birds.mp4'));
  const [job] = (await get('/admin/jobs?limit=1', replies.jobPage)).items;
  const told = await repl.ask(`job ${videoId}`);
  expect(told).toContain(`${ana.email}  ${ana.id}`);
  expect(told).toMatch(/status +queued, 0 %/);
  expect(await repl.ask(`cancel ${job?.id}`)).toBe(`${job?.id} is canceled`);
  expect(await repl.ask(`cancel ${job?.id}`)).toMatch(/^invalid_state: The extraction is canceled/);
  expect(await repl.ask(`requeue ${job?.id}`)).toMatch(/is queued, in place of/);
  expect(await repl.ask(`resume ${node}`)).toMatch(/: working, \d in hand$/);
  await ana.waitFor(videoId, 'completed');

  expect(await repl.ask('job nonsense')).toBe('not_found: The id of a job, or of a video, is a UUID');
  expect(await repl.ask('jobs --status lost')).toMatch(/^validation_failed: status: /);
  expect(await repl.ask('jobs --older-than soon')).toMatch('Use an age such as 90s');
  expect(await repl.ask('user disable nobody@example.com')).toBe(
    'not_found: Nobody is known as nobody@example.com',
  );
  expect(await repl.ask('help dead')).toContain('Messages that were given up');
  expect(await repl.ask('deeds --limit 3')).toMatch(/job_requeued|node_resumed/);
  expect(repl.output()).not.toMatch(/^ +at /m);
});

test('a REPL without a system to look at says so', async () => {
  const lost = await startRepl({ AMQP_URL: '', DATA_DIR: folder, HOME: folder });
  expect(lost.output()).toMatch('AMQP_URL is not set');
  expect(lost.output()).toMatch('npm start -- --repl');
  expect(await lost.leave()).toBe(1);
});
