/**
 * The main job beside the plain command line: from the start of the upload to the archive on disk, and
 * `ffmpeg -i clip -vf fps=1 -q:v 2 frame_%04d.jpg` on the same clip, in turns. Usage: main-job.ts [clip] [rounds]
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem } from '../support/system.ts';

const run = promisify(execFile);
const clip = process.argv[2] ?? footage('cockatoo.mp4');
const rounds = Number(process.argv[3] ?? 5);

const seconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

async function throughTheSystem(person: ApiPerson, folder: string): Promise<void> {
  const { id } = await person.upload(clip, { filename: basename(clip) });
  const { status } = await person.waitFor(id, 'completed', 'failed');
  if (status !== 'completed') throw new Error(`The video ${status}`);
  const { body } = await person.fetch(`/video/${id}/download`);
  await pipeline(
    Readable.fromWeb(body ?? new ReadableStream()),
    createWriteStream(join(folder, 'frames.zip')),
  );
}

const plainFfmpeg = (folder: string) =>
  run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-i',
    clip,
    '-vf',
    'fps=1',
    '-q:v',
    '2',
    join(folder, 'frame_%04d.jpg'),
  ]);

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const figure = (value: number) => value.toFixed(2).padStart(8);

const system = await startSystem();
const folder = await mkdtemp(join(tmpdir(), 'video-system-bench-'));
try {
  const person = await registerPerson(system.url);
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = [
      await seconds(() => throughTheSystem(person, folder)),
      await seconds(() => plainFfmpeg(folder)),
    ];
    // The first round warms the caches of both.
    if (round === 0) continue;
    ours.push(pair[0] ?? NaN);
    plain.push(pair[1] ?? NaN);
  }
  const ratios = ours.map((value, i) => value / (plain[i] ?? NaN));
  console.log(`${basename(clip)}, ${rounds} rounds in turns, medians`);
  console.log(`upload -> archive on disk ${figure(median(ours))} s`);
  console.log(`plain ffmpeg to files     ${figure(median(plain))} s`);
  console.log(`ratio                     ${figure(median(ratios))}`);
} finally {
  await rm(folder, { recursive: true, force: true });
  await system.remove();
}
