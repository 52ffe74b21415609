import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../lib/database.ts';
import { defineModels } from '../../services/video/models.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';

/** One long video, two processors, and kill -9 for each of them in turn. */
const run = promisify(execFile);
/** Long enough that only a kill costs a lease, also on a crowded machine. */
const LEASE_SECONDS = 12;

let mailServer: TestServer;
let cluster: Cluster;
let database: Sequelize;
let models: ReturnType<typeof defineModels>;
let clip: string;
let person: ApiPerson;
beforeAll(async () => {
  mailServer = await startTestServer();
  cluster = await startCluster({
    replicas: { api: 1, auth: 1, video: 1, notify: 1, processor: 2 },
    mailUrl: mailServer.url,
    env: {
      LEASE_SECONDS: String(LEASE_SECONDS),
      SWEEP_SECONDS: '1',
      PROCESSOR_CONCURRENCY: '1',
      RANGE_MEGAPIXELS: '60',
    },
  });
  database = createDatabase(cluster.databases.video);
  models = defineModels(database);
  clip = join(cluster.folder, 'long.mp4');
  const input = ['-stream_loop', '5', '-i', footage('cockatoo.mp4'), '-an', '-vf', 'format=yuv420p'];
  await run('ffmpeg', ['-v', 'error', ...input, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', clip]);
  person = await registerPerson(cluster.urls[0] ?? '');
}, 180_000);
afterAll(async () => {
  await database.close();
  await cluster.stop();
  await mailServer.stop();
}, 60_000);

const recipe = { select: { mode: 'interval', seconds: 0.5 }, format: 'png' };
const upload = () => person.upload(clip, { recipe: JSON.stringify(recipe) });

/** The ranges as the database has them, in order. */
const ranges = () => models.range.findAll({ order: ['number'] });
const stored = async () => (await ranges()).filter(({ key }) => key !== null);

/** Kill the processor that runs the extraction, or one that helps; start another in its place. */
async function kill(which: 'owner' | 'helper'): Promise<void> {
  const running = await models.extraction.findOne({ where: { status: 'processing' }, rejectOnEmpty: true });
  const index = cluster.processes.processor.findIndex(
    ({ pid }) => (running.worker?.includes(`-${pid}-`) ?? false) === (which === 'owner'),
  );
  await cluster.processes.processor[index]?.end('SIGKILL');
  cluster.restart('processor', index);
}

/** Wait until both processors work on ranges, and some of them are stored. */
const bothWork = () =>
  eventually(
    async () => {
      const all = await ranges();
      const busy = all.filter(({ key, leaseUntil }) => key === null && leaseUntil !== null);
      const done = all.filter(({ key }) => key !== null).length;
      return done >= 2 && new Set(busy.map(({ worker }) => worker)).size === 2;
    },
    'two processors at one video',
    60_000,
  );

test('a killed processor costs its range only, and the archive is the one that nobody has disturbed', async () => {
  const undisturbed = await upload();
  await bothWork();
  const expected = await person.waitFor(undisturbed.id, 'completed', 'failed');
  expect(expected).toMatchObject({ status: 'completed', attempts: 1 });

  const { id } = await upload();
  await bothWork();
  const before = await stored();
  await kill('helper');
  const afterHelper = await eventually(async () => {
    const now = await stored();
    return now.length > before.length && now;
  }, 'another stored range');
  // The new process must be there to take the extraction over.
  await bothWork();
  const kept = (await stored()).map(({ key }) => key);
  await kill('owner');
  await eventually(
    async () => models.extraction.count({ where: { attempt: 2 } }),
    'the next attempt',
    60_000,
  );
  expect((await stored()).map(({ key }) => key)).toEqual(expect.arrayContaining(kept));
  const disturbed = await person.waitFor(id, 'completed', 'failed');

  expect(disturbed).toMatchObject({
    status: 'completed',
    attempts: 2,
    archive: expected.archive && {
      size: expected.archive.size,
      sha256: expected.archive.sha256,
    },
  });
  expect(await ranges()).toEqual([]);
  const output = cluster.processes.processor.map((it) => it.output()).join('');
  expect(output).toContain('Helping with a range');
  expect(afterHelper.length).toBeGreaterThan(before.length);
}, 240_000);
