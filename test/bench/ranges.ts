/**
 * One long video by one and by two processors, each with one thread on a core of its own. The baseline is one processor
 * that does not split the video. Usage: ranges.ts CLIP [minutes] [rounds] [RANGE_MEGAPIXELS]; CLIP is half a minute of
 * 1080p H.264.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createDatabase, migrate } from '../../lib/database.ts';
import { startEmbeddedPostgres } from '../../lib/embedded-postgres.ts';
import { silentLogger } from '../../lib/logger.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { createFileStore } from '../../lib/storage/file.ts';
import { migrations } from '../../services/video/migrations.ts';
import { defineModels } from '../../services/video/models.ts';
import { createVideo, reserveUpload } from '../../services/video/uploads.ts';
import { rules, wish } from '../support/videos.ts';
import { eventually } from '../support/eventually.ts';
import { createBench, digestOf } from '../support/processor.ts';

const [clip, minutes = '8', rounds = '3', rangeMegapixels = '4000'] = process.argv.slice(2);
if (!clip) throw new Error('Say which clip: npm run bench:ranges -- CLIP [minutes] [rounds]');
const bench = await createBench();
const short = await bench.make('-i', clip, '-an', '-c:v', 'libx264', '-g', '48', 'once.mp4');
const long = await bench.make(
  ...['-stream_loop', String(Number(minutes) * 2 - 1), '-i', short, '-c', 'copy', 'long.mp4'],
);

const postgres = { dataDir: bench.path('postgres'), socketDir: bench.path('run'), databases: ['video'] };
const server = await startEmbeddedPostgres(postgres);
const databaseUrl = `postgres://postgres@/video?host=${encodeURIComponent(postgres.socketDir)}`;
const sequelize = createDatabase(databaseUrl);
const db = { sequelize, models: defineModels(sequelize) };
await migrate(sequelize, migrations, silentLogger);
const folder = bench.path('objects');
const store = createFileStore(folder);
const about = { filename: 'long.mp4', contentType: 'video/mp4', size: (await stat(long)).size };
const sha256 = await digestOf(long);
const personId = randomUUID();

async function upload(): Promise<string> {
  const { videoId, key } = await reserveUpload(db, wish(personId), rules, new Date());
  await store.put(key, createReadStream(long));
  const recipe = recipeSchema.parse({ select: { mode: 'interval', seconds: 1 } });
  await createVideo(db, { ...about, sha256, videoId, personId, recipe }, rules, new Date());
  return videoId;
}

const script = fileURLToPath(new URL('range-worker.ts', import.meta.url));
const startWorker = (core: number, megapixels: string) =>
  spawn(
    'taskset',
    ['-c', String(core), process.execPath, script, `worker-${core}`, databaseUrl, folder, megapixels],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );

interface Way {
  name: string;
  workers: number;
  videos: number;
  megapixels: string;
}

const isOver = async (videoId: string) => {
  const row = await db.models.extraction.findOne({ where: { videoId }, rejectOnEmpty: true });
  if (row.status === 'failed') throw new Error(`The extraction failed: ${row.errorCode ?? ''}`);
  return row.status === 'completed' && row;
};

/** @returns seconds of a video, from the first claim to the last completion, and the archives' digests */
async function run({ workers, videos, megapixels }: Way) {
  const ids = await Promise.all(Array.from({ length: videos }, upload));
  const started = Array.from({ length: workers }, (_, core) => startWorker(core, megapixels));
  const done = [];
  for (const id of ids) done.push(await eventually(() => isOver(id), 'the archive', 1_200_000));
  await Promise.all(
    started.map(async (worker) => {
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
    }),
  );
  const start = Math.min(...done.map(({ startedAt }) => startedAt?.getTime() ?? NaN));
  const end = Math.max(...done.map(({ finishedAt }) => finishedAt?.getTime() ?? NaN));
  return { seconds: (end - start) / 1000 / videos, digests: done.map((row) => row.archiveSha256) };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${minutes} min of 1080p, one frame each second`);
const ways: Way[] = [
  { name: 'one processor, not split', workers: 1, videos: 1, megapixels: '0' },
  { name: 'one processor, split', workers: 1, videos: 1, megapixels: rangeMegapixels },
  { name: 'two processors, split', workers: 2, videos: 1, megapixels: rangeMegapixels },
  // What two cores can give at most: they share caches and memory.
  { name: 'two processors, a video each', workers: 2, videos: 2, megapixels: '0' },
];
const times = ways.map((): number[] => []);
const archives = new Set<string | null>();
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [place, way] of ways.entries()) {
    const { seconds, digests } = await run(way);
    times[place]?.push(seconds);
    for (const digest of digests) archives.add(digest);
  }
}
for (const [place, { name }] of ways.entries()) {
  const ratio = median((times[0] ?? []).map((baseline, round) => baseline / (times[place]?.[round] ?? NaN)));
  console.log(`${name.padEnd(30)} ${median(times[place] ?? []).toFixed(2)} s a video, ${ratio.toFixed(2)} x`);
}
console.log(archives.size === 1 ? 'every archive is the same' : `${archives.size} different archives`);
await sequelize.close();
await server.stop();
await bench.remove();
