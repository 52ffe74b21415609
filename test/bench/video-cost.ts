/**
 * What videos cost a cluster: seconds of processor of each service, messages, requests to the store, bytes. A phone's video
 * (1080p H.264, 13 Mbit/s), one frame each second; of 16 seconds and of two minutes, so that what each video and what each
 * minute costs can be told apart; what an idle cluster uses is taken off. Usage: video-cost.ts [long videos]
 */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { createBench } from '../support/processor.ts';
import { difference, readMeter, type Meter } from './cluster-meter.ts';

const videos = Number(process.argv[2] ?? 3);
const CLIP_SECONDS = 1.6;
const REPEATS = { short: 10, long: 75 };
/** More of the short ones: what a database writes for one video is little. */
const SHORT_FOR_EACH_LONG = 5;
const IDLE_SECONDS = 30;
/** Mail and what is counted late come after the archive. */
const SETTLE_SECONDS = 3;

interface Extracted {
  status: string;
  archive: { size: number } | null;
}

/** Upload a clip and wait for its archive, asking once a second: asking costs, too. */
async function extract(person: ApiPerson, clip: string): Promise<number> {
  const { id } = await person.upload(clip);
  for (;;) {
    await pause(1000);
    const { status, archive } = (await (await person.fetch(`/video/${id}`)).json()) as Extracted;
    if (archive) return archive.size;
    if (status === 'failed') throw new Error('The extraction failed');
  }
}

async function measure({ cluster, probes }: Subject, work: () => Promise<void>): Promise<Meter> {
  const before = await readMeter(cluster, probes);
  await work();
  await pause(SETTLE_SECONDS * 1000);
  return difference(before, await readMeter(cluster, probes));
}

/** What one video costs, without what the time itself costs. */
async function costOf(subject: Subject, clip: string, count: number, idle: Meter): Promise<Meter> {
  let archives = 0;
  const used = await measure(subject, async () => {
    for (let n = 0; n < count; n += 1) archives += await extract(subject.person, clip);
  });
  const share = (used.seconds ?? NaN) / (idle.seconds ?? NaN);
  const each = Object.entries(used).map(([name, value]) => [
    name,
    (name === 'seconds' ? value : value - share * (idle[name] ?? 0)) / count,
  ]);
  return {
    ...(Object.fromEntries(each) as Meter),
    'source bytes': (await stat(clip)).size,
    'archive bytes': archives / count,
  };
}

interface Subject {
  cluster: Cluster;
  probes: string;
  person: ApiPerson;
}

function print(short: Meter, long: Meter, idle: Meter): void {
  const minutes = (repeats: number) => (repeats * CLIP_SECONDS) / 60;
  const [from, to] = [minutes(REPEATS.short), minutes(REPEATS.long)];
  const figure = (value: number) =>
    (Math.abs(value) < 100 ? value.toFixed(3) : value.toFixed(0)).padStart(14);
  console.log(['what'.padEnd(22), 'each video', 'each minute', 'idle, a second'].join('  '));
  for (const name of Object.keys(long)) {
    const [a, b] = [short[name] ?? NaN, long[name] ?? NaN];
    const slope = (b - a) / (to - from);
    const resting = (idle[name] ?? NaN) / (idle.seconds ?? NaN);
    console.log(name.padEnd(22), figure(a - slope * from), figure(slope), figure(resting));
  }
}

const bench = await createBench();
const folder = await mkdtemp(join(tmpdir(), 'video-cost-'));
const repeat = (times: number, name: string) =>
  bench.make(
    '-stream_loop',
    String(times - 1),
    '-i',
    footage('phone-portrait.mp4'),
    '-an',
    '-c',
    'copy',
    name,
  );
const probe = new URL('./store-probe.ts', import.meta.url).href;
const probes = bench.path('probes');
await mkdir(probes);
const cluster = await startCluster({
  replicas: { api: 1, auth: 1, video: 1, notify: 1, processor: 1 },
  mailUrl: pathToFileURL(join(folder, 'mail')).href,
  env: { PROCESSOR_CONCURRENCY: '1', NODE_OPTIONS: `--import ${probe}`, STORE_PROBE: probes },
});
try {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${videos} long videos and ${videos * SHORT_FOR_EACH_LONG} short ones`,
  );
  const [short, long] = [await repeat(REPEATS.short, 'short.mp4'), await repeat(REPEATS.long, 'long.mp4')];
  const subject: Subject = { cluster, probes, person: await registerPerson(cluster.urls[0] ?? '') };
  // The first one warms everything up.
  await extract(subject.person, short);
  await pause(SETTLE_SECONDS * 1000);
  const idle = await measure(subject, () => pause(IDLE_SECONDS * 1000));
  const forShort = await costOf(subject, short, videos * SHORT_FOR_EACH_LONG, idle);
  print(forShort, await costOf(subject, long, videos, idle), idle);
  console.log(
    `load average ${loadavg()
      .map((it) => it.toFixed(1))
      .join(', ')}`,
  );
} finally {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
  await bench.remove();
}
