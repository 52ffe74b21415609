import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../lib/database.ts';
import { openStore } from '../../lib/storage/index.ts';
import { startCluster, type Cluster, type ServiceName } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { keepLedger, nothingWrong } from './ledger.ts';
import { createLoad } from './load.ts';

/** `npm run test:chaos` runs the full form, `npm test` the short one. */
const full = process.env.CHAOS === 'full';
const PEOPLE = full ? 20 : 5;
const UPLOADS_EACH = full ? 10 : 3;
const OUTAGE_MS = full ? 20_000 : 5_000;
const ROUNDS = full ? 3 : 1;
const LEASE_SECONDS = 5;
const FRAMES = 2;

const run = promisify(execFile);

let cluster: Cluster;
/** One after the other, on the same port: what each has received stays. */
const mailServers: TestServer[] = [];
let videoDatabase: Sequelize;
let clip: string;
let noVideo: string;
beforeAll(async () => {
  const smtp = await startTestServer();
  mailServers.push(smtp);
  cluster = await startCluster({
    replicas: { api: 2, auth: 2, video: 2, notify: 2, processor: 3 },
    mailUrl: smtp.url,
    env: {
      LEASE_SECONDS: String(LEASE_SECONDS),
      SWEEP_SECONDS: '1',
      PROCESSOR_CONCURRENCY: '2',
      MAX_ATTEMPTS: '20',
    },
  });
  Object.assign(process.env, cluster.s3.env);
  videoDatabase = createDatabase(cluster.databases.video);
  clip = join(cluster.folder, 'clip.mp4');
  noVideo = join(cluster.folder, 'no-video');
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    `testsrc=size=160x120:rate=10:duration=${FRAMES}`,
    clip,
  ]);
  await writeFile(noVideo, 'this is no video');
}, 240_000);
afterAll(async () => {
  await videoDatabase.close();
  await cluster.stop();
  await mailServers.at(-1)?.stop();
}, 120_000);

const some = <T>(items: T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** `kill -9` a random replica and start it again, as an orchestrator would. */
async function killOne(name: ServiceName): Promise<void> {
  const victim = some(cluster.processes[name]);
  await victim.end('SIGKILL');
  await pause(1000);
  cluster.restart(name, cluster.processes[name].indexOf(victim));
}

async function killInTurn(names: ServiceName[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) {
      await killOne(name);
      await pause(1500);
    }
  }
}

/** A processor that was away for longer than its lease must not disturb whoever has taken over. */
async function freezeOne(): Promise<void> {
  const frozen = some(cluster.processes.processor);
  frozen.signal('SIGSTOP');
  await pause(LEASE_SECONDS * 1000 + 3000);
  frozen.signal('SIGCONT');
}

async function takeMailAway(): Promise<void> {
  const [{ url } = { url: '' }] = mailServers;
  await mailServers.at(-1)?.stop();
  await pause(OUTAGE_MS);
  mailServers.push(await startTestServer({}, { port: Number(new URL(url).port) }));
}

async function takeStoreAway(): Promise<void> {
  await cluster.s3.stop();
  await pause(OUTAGE_MS);
  await cluster.s3.restart();
}

interface Scenario {
  name: string;
  disturb: () => Promise<void>;
  /** A request that a living gateway refuses is a failure of the system here, not of what was taken away. */
  refusesNothing?: boolean;
}

const calm: Scenario = {
  name: 'nothing goes wrong',
  disturb: () => Promise.resolve(),
  refusesNothing: true,
};
const scenarios: Scenario[] = [
  // Each of the others begins with this one.
  ...(full ? [calm] : []),
  {
    name: 'auth and video replicas are killed',
    disturb: () => killInTurn(['auth', 'video']),
    refusesNothing: true,
  },
  {
    name: 'processor and notify replicas are killed',
    disturb: () => killInTurn(['processor', 'notify']),
    refusesNothing: true,
  },
  { name: 'gateways are killed', disturb: () => killInTurn(['api']) },
  { name: 'a processor freezes past its lease', disturb: freezeOne, refusesNothing: true },
  { name: 'RabbitMQ restarts', disturb: () => cluster.rabbit.restart() },
  { name: 'all queues are deleted', disturb: () => cluster.rabbit.deleteAllQueues() },
  { name: 'PostgreSQL restarts', disturb: () => cluster.restartPostgres() },
  { name: 'the S3 server is away', disturb: takeStoreAway },
  {
    name: 'the mail server is away',
    disturb: takeMailAway,
    refusesNothing: true,
  },
];

describe('with a load of uploads, nothing is lost, stuck or done twice when', () => {
  test.each(scenarios)(
    '$name',
    async ({ name, disturb, refusesNothing }) => {
      await cluster.ready();
      const load = createLoad(cluster.urls);
      const people = await Promise.all(Array.from({ length: PEOPLE }, () => load.add()));
      const uploading = Promise.all(
        people.map(async (person, index) => {
          for (let n = 0; n < UPLOADS_EACH; n += 1) {
            const bad = (index + n) % 5 === 4;
            await load.upload(person, bad ? noVideo : clip, bad ? 'failed' : 'completed');
          }
        }),
      );
      await eventually(() => load.accepted.length >= PEOPLE, 'the load to be on its way');
      await Promise.all([uploading, disturb()]);
      const ledger = await keepLedger(load, {
        video: videoDatabase,
        store: openStore(cluster.s3.url),
        mails: () => mailServers.flatMap(({ received }) => received.map(({ mail }) => mail.text ?? '')),
        framesExpected: FRAMES,
      });
      console.log(name, ledger, { refused: load.refused, unanswered: load.unanswered });
      const failed = load.accepted.filter(({ expected }) => expected === 'failed').length;
      const accepted = PEOPLE * UPLOADS_EACH;
      expect(ledger).toEqual({
        accepted,
        completed: accepted - failed,
        failed,
        ...nothingWrong,
      });
      if (refusesNothing) expect(load.refused).toEqual({});
    },
    600_000,
  );
});
