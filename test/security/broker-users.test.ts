import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { rights, roles, userOf, type Role } from '../../lib/broker/roles.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { listen } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { measures } from '../support/metrics.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startRepl, type Repl } from '../support/repl.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { attackAs, type Attacker } from './broker-client.ts';

/** Each service as a process of its own with a user of its own, and an operator at the REPL with another one. */
const NAMESPACE = 'video-system';
const REFUSED = 403;
let smtp: TestServer;
let cluster: Cluster;
let repl: Repl;
let url: string;
let ana: ApiPerson;
const attackers = new Map<Role, Attacker>();
/** What there is at the broker while everything runs. */
let queues: string[];
let exchanges: string[];

const urlOf = (role: Role) => cluster.users?.urlOf(role, cluster.rabbit.url) ?? '';

beforeAll(async () => {
  smtp = await startTestServer();
  cluster = await startCluster({
    replicas: { api: 1, auth: 1, video: 1, notify: 1, processor: 1 },
    ...{ mailUrl: smtp.url, withUsers: true, withMetrics: true },
  });
  url = cluster.urls[0] ?? '';
  repl = await startRepl({ AMQP_URL: urlOf('operator'), HOME: cluster.folder });
  ana = await registerPerson(url);
  for (const role of roles) attackers.set(role, await attackAs(urlOf(role)));
  const list = async (what: string) => (await cluster.rabbit.ctl(what, 'name')).split('\n').filter(Boolean);
  queues = (await list('list_queues')).filter((name) => name !== 'name');
  exchanges = (await list('list_exchanges')).filter((name) => /^(MOL-)?video-system\./.test(name));
}, 300_000);
afterAll(async () => {
  for (const attacker of attackers.values()) await attacker.leave();
  await repl.leave();
  await cluster.stop();
  await smtp.stop();
}, 120_000);

const attacker = (role: Role): Attacker => {
  const found = attackers.get(role);
  if (!found) throw new Error(`Nobody attacks as ${role}`);
  return found;
};

test('with users of their own the services do the whole job, and the operator sees all of it', async () => {
  const live = await listen(url, ana.tokens.accessToken);
  const { id } = await ana.upload(footage('birds.mp4'));
  const status = (it: VideoJson['status']) =>
    live.next(
      `the status ${it}`,
      ({ name, json }) => name === 'video' && json.id === id && json.status === it,
    );
  await status('completed');
  live.cut();
  const archive = await ana.fetch(`/video/${id}/download`);
  expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/zip']);
  await archive.arrayBuffer();
  const mailed = () => smtp.received.filter(({ recipients }) => recipients.includes(ana.email)).length;
  // One to verify the address, one about the frames.
  await eventually(() => mailed() === 2, 'two mails');
  expect(await repl.ask(`job ${id}`)).toContain('completed');
});

test('the operator sees, puts back and deletes what was given up, and drains a processor', async () => {
  const main = `${NAMESPACE}.video.uploaded`;
  expect(await attacker('processor').send(`${main}.work`, main, { no: 'message' })).toBe('done');
  const letters = () => repl.ask('dead list video.uploaded');
  await eventually(async () => (await letters()).includes('no message for video.uploaded'), 'the letter');
  expect(await repl.ask('dead requeue video.uploaded --all')).toContain('1 message put back');
  await eventually(async () => (await letters()).includes('no message for video.uploaded'), 'it again');
  expect(await repl.ask('dead purge video.uploaded --all --yes')).toContain(
    '1 message of video.uploaded deleted',
  );
  const processes = await repl.ask('processes');
  for (const role of roles) expect(processes).toContain(`${role}@`);
  const node = /processor@[\w.-]+/.exec(processes)?.[0] ?? '';
  expect(await repl.ask(`drain ${node}`)).toContain('drained, 0 in hand');
  expect(await repl.ask(`resume ${node}`)).toContain('working, 0 in hand');
});

const NEWS = ['DISCOVER', 'INFO', 'DISCONNECT', 'HEARTBEAT', 'PING'].map(
  (kind) => `MOL-${NAMESPACE}.${kind}`,
);
/** By which other roles, or topics, are reached. */
const doors = () => exchanges.filter((name) => !NEWS.includes(name));
const OUTBOUND = new Map<Role, RegExp>([
  ['processor', /REQ\.(processor|video)$|RES\.\w+$|video\.uploaded\.work$/],
  ['notify', /REQ\.(notify|auth|video)$|RES\.\w+$|video\.(processed|failed)\.work$/],
  ['video', /REQ\.(video|auth|notify)$|RES\.\w+$|\.work$/],
]);

test.each([...OUTBOUND])('%s reaches only whom it has to, and changes no exchange', async (role, reached) => {
  const it = attacker(role);
  const own = `MOL-${NAMESPACE}.EVENT.${role}@attack`;
  expect(await it.attempt((channel) => channel.assertQueue(own, { exclusive: true }))).toBe('done');
  expect(doors()).toHaveLength(17);
  for (const name of doors()) {
    const sent = await it.send(name, 'nobody', {});
    expect({ name, sent }).toEqual({ name, sent: reached.test(name) ? 'done' : REFUSED });
    const isOwn = name.endsWith(`.${role}`);
    const heard = await it.attempt((channel) => channel.bindQueue(own, name, 'copies'));
    expect({ name, heard }).toEqual({ name, heard: isOwn ? 'done' : REFUSED });
  }
  for (const name of [...doors(), ...NEWS]) {
    expect(await it.attempt((channel) => channel.deleteExchange(name))).toBe(REFUSED);
    expect(await it.attempt((channel) => channel.assertExchange(name, 'topic'))).toBe(REFUSED);
  }
  // What expires in a queue of one's own goes where its owner may not write.
  for (const deadLetterExchange of ['', `MOL-${NAMESPACE}.RES.nobody`, `MOL-${NAMESPACE}.REQ.api`]) {
    const late = () => it.attempt((channel) => channel.assertQueue(`${own}-late`, { deadLetterExchange }));
    expect({ deadLetterExchange, outcome: await late() }).toEqual({ deadLetterExchange, outcome: REFUSED });
  }
});

const FORGED = /video_system_forged_packets_total/;

test('nobody speaks under another’s name, or calls what is not theirs to call', async () => {
  const it = attacker('processor');
  const [authPort, videoPort] = cluster.metrics.map((address) => Number(new URL(address).port));
  const auth = /auth@[\w.-]+/.exec(await repl.ask('processes'))?.[0] ?? '';
  const farewell = { ver: '5', sender: auth };
  const toAll = `MOL-${NAMESPACE}.DISCONNECT`;
  const PRECONDITION_FAILED = 406;
  expect(await it.send(toAll, '', farewell, { userId: userOf(NAMESPACE, 'auth') })).toBe(PRECONDITION_FAILED);
  expect(await it.send(toAll, '', farewell, { userId: userOf(NAMESPACE, 'processor') })).toBe('done');
  expect(await it.send(toAll, '', farewell)).toBe('done');
  await measures(authPort ?? 0, FORGED, 2);
  await measures(videoPort ?? 0, FORGED, 2);
  const jobs = { ver: '5', sender: 'processor@attack', id: '1', action: 'video.jobs', params: {}, meta: {} };
  const asProcessor = { userId: userOf(NAMESPACE, 'processor') };
  const queue = `MOL-${NAMESPACE}.REQB.video.jobs`;
  expect(await it.send(`MOL-${NAMESPACE}.REQ.video`, queue, jobs, asProcessor)).toBe('done');
  await measures(videoPort ?? 0, FORGED, 3);
  expect((await registerPerson(url)).tokens.accessToken).not.toBe('');
});

test('an operator who still has a user that all may share is answered, too', async () => {
  const shared = await startRepl({ AMQP_URL: cluster.rabbit.url, HOME: cluster.folder });
  const processes = () => shared.ask('processes');
  await eventually(async () => /processor@[^\n]+working, 0 in hand/.test(await processes()), 'the processor');
  await shared.leave();
});

/** Whose a queue of the transporter is, by its name alone: REQB.<service>.<action>, <kind>.<service>@<process>. */
const ownerOf = (queue: string): string | undefined => /\.(?:REQB|EVENTB|[A-Z]+)\.(\w+)[.@]/.exec(queue)?.[1];

/** One of each kind of queue that belongs to somebody. */
function queuesOf(victim: Role): string[] {
  const own = queues.filter((name) => ownerOf(name) === victim);
  const kinds = new Map(own.map((name) => [name.split('.')[1], name]));
  return [...kinds.values()];
}

const ALL_OWN = ['DISCONNECT', 'DISCOVER', 'EVENT', 'HEARTBEAT', 'INFO', 'PING', 'PONG', 'REQ', 'RES'];

test('the broker has a queue of each kind of everybody, and of none that nobody owns', () => {
  for (const role of roles) {
    const kinds = queuesOf(role).map((name) => name.split('.')[1]);
    expect(kinds).toEqual(expect.arrayContaining(role === 'operator' ? ALL_OWN : [...ALL_OWN, 'REQB']));
  }
  const unowned = queues.filter((name) => name.startsWith('MOL-') && !roles.includes(ownerOf(name) as Role));
  expect(unowned).toEqual([]);
});

/** All ways to a queue’s messages, to its end, or to a message in it that goes by its name. */
const deeds = (queue: string): Record<string, (it: Attacker) => Promise<number | 'done'>> => ({
  consume: (it) => it.attempt((channel) => channel.consume(queue, () => undefined)),
  get: (it) => it.attempt((channel) => channel.get(queue)),
  purge: (it) => it.attempt((channel) => channel.purgeQueue(queue)),
  delete: (it) => it.attempt((channel) => channel.deleteQueue(queue)),
  declare: (it) => it.attempt((channel) => channel.assertQueue(queue)),
  bind: (it) => it.attempt((channel) => channel.bindQueue(queue, `MOL-${NAMESPACE}.INFO`, '')),
  unbind: (it) => it.attempt((channel) => channel.unbindQueue(queue, `MOL-${NAMESPACE}.INFO`, '')),
  'send by its name': (it) => it.send('', queue, {}),
});
const pairs = roles.flatMap((by) => roles.filter((of) => of !== by).map((of) => [by, of] as const));

test.each(pairs)('%s can’t read, empty, delete, declare or bind what is of %s', async (by, of) => {
  for (const queue of queuesOf(of)) {
    const outcomes: Record<string, number | 'done'> = {};
    for (const [name, deed] of Object.entries(deeds(queue))) outcomes[name] = await deed(attacker(by));
    const refused = Object.fromEntries(Object.keys(outcomes).map((name) => [name, REFUSED]));
    expect({ queue, outcomes }).toEqual({ queue, outcomes: refused });
  }
});

const work = () => queues.filter((name) => name.startsWith(`${NAMESPACE}.`));
const topicOf = (queue: string) => queue.split('.').slice(1, 3).join('.');

test.each(roles)(
  'of the work, %s has only what is its own, and never the queues themselves',
  async (role) => {
    const { consumes, buries } = rights[role];
    // The three topics, each with its queue, its dead letters and seven lengths of pause.
    expect(work()).toHaveLength(27);
    for (const queue of work()) {
      const topic = topicOf(queue);
      const isMain = queue === `${NAMESPACE}.${topic}`;
      const isDead = queue.endsWith('.dead');
      const reads =
        (isMain && consumes.some((it) => it === topic)) || (isDead && buries.some((it) => it === topic));
      const { get, delete: remove, declare, bind, 'send by its name': send } = deeds(queue);
      const read = await get?.(attacker(role));
      expect({ queue, read }).toEqual({ queue, read: reads ? 'done' : REFUSED });
      for (const deed of [remove, declare, bind, send]) expect(await deed?.(attacker(role))).toBe(REFUSED);
    }
  },
);
