import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Job } from '../../lib/contracts.ts';
import { silentLogger } from '../../lib/logger.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { createFileStore } from '../../lib/storage/file.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { findFfmpeg } from '../../services/processor/ffmpeg-program.ts';
import { createPacketReaders } from '../../services/processor/packets/packet-source.ts';
import type { Worker } from '../../services/processor/run-job.ts';
import { eventually } from './eventually.ts';
import { commandLinesWith } from './processes.ts';
import type { Answer, VideoPort } from '../../services/processor/video-port.ts';

const run = promisify(execFile);

export const limits = {
  maxDurationSeconds: 3600,
  maxPixels: 8192 * 4320,
  maxFrames: 1000,
  probeCpuSeconds: 2,
  timeoutSeconds: 50,
  rangeMegapixels: 0,
  threads: 2,
};

export const ffmpeg = await findFfmpeg(process.env.FFMPEG_PATH, limits);

/** Its threads keep no process from ending. */
export const packets = createPacketReaders();

/** A folder of its own, with an object store in it; remove it when done. */
export async function createBench() {
  const folder = await mkdtemp(join(tmpdir(), 'processor-test-'));
  return {
    store: createFileStore(join(folder, 'objects')),
    path: (name: string) => join(folder, name),
    /** Make a file with ffmpeg; the last argument is its name in the folder. */
    make: async (...args: string[]) => {
      const output = join(folder, args.pop() ?? '');
      await run(ffmpeg.path, ['-v', 'error', '-nostdin', '-y', ...args, output]);
      return output;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
export type Bench = Awaited<ReturnType<typeof createBench>>;

/** The SHA-256 of a file, in hexadecimal digits. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Store a file as a source and make the job for it. */
export async function jobFor(store: ObjectStore, path: string, recipe: object = {}): Promise<Job> {
  const sha256 = await digestOf(path);
  const [sourceId, archiveId] = [randomUUID(), randomUUID()];
  const key = `sources/${sourceId}`;
  await store.put(key, createReadStream(path));
  return {
    extractionId: 'e1d3f6a0-0000-4000-8000-000000000001',
    videoId: 'e1d3f6a0-0000-4000-8000-000000000002',
    attempt: 3,
    leaseSeconds: 30,
    recipe: recipeSchema.parse(recipe),
    source: { key, filename: 'a video.mp4', size: (await stat(path)).size, sha256 },
    archiveKey: `archives/${archiveId}/3.zip`,
    previewKey: `previews/${archiveId}/3.jpg`,
  };
}

type Call = { [Name in keyof VideoPort]: [Name, Parameters<VideoPort[Name]>[0]] }[keyof VideoPort];

/** A video service that records what it is told and accepts everything, unless a call's name is given an answer. */
export function recordingVideo(answers: { [Name in keyof VideoPort]?: VideoPort[Name] } = {}) {
  const calls: Call[] = [];
  const accepting = (): Promise<Answer> => Promise.resolve({ accepted: true });
  const port: VideoPort = {
    claim: (given) => (calls.push(['claim', given]), answers.claim?.(given) ?? Promise.resolve(null)),
    renew: (given) => (calls.push(['renew', given]), (answers.renew ?? accepting)(given)),
    shareFrames: (given) => (calls.push(['shareFrames', given]), (answers.shareFrames ?? accepting)(given)),
    split: (given) => (calls.push(['split', given]), (answers.split ?? accepting)(given)),
    ranges: (given) => (calls.push(['ranges', given]), answers.ranges?.(given) ?? Promise.resolve([])),
    claimRange: (given) => (
      calls.push(['claimRange', given]),
      answers.claimRange?.(given) ?? Promise.resolve(null)
    ),
    renewRange: (given) => (calls.push(['renewRange', given]), (answers.renewRange ?? accepting)(given)),
    endRange: (given) => (calls.push(['endRange', given]), (answers.endRange ?? accepting)(given)),
    complete: (given) => (calls.push(['complete', given]), (answers.complete ?? accepting)(given)),
    fail: (given) => (calls.push(['fail', given]), (answers.fail ?? accepting)(given)),
    release: (given) => (calls.push(['release', given]), (answers.release ?? accepting)(given)),
  };
  const told = <Name extends keyof VideoPort>(name: Name) =>
    calls.flatMap(([called, given]) => (called === name ? [given as Parameters<VideoPort[Name]>[0]] : []));
  return { port, told, names: () => calls.map(([name]) => name) };
}

export function workerWith(
  video: VideoPort,
  store: ObjectStore,
  changes: Partial<Worker['limits']> = {},
): Worker {
  const tools = { ffmpeg, packets, store, limits: { ...limits, ...changes } };
  return { name: 'worker-1', ...tools, video, logger: silentLogger };
}

/** Every picture of a video from a full decode: its time from the first one, in seconds, and a digest of its pixels. */
export async function decodeAll(path: string): Promise<{ seconds: number; md5: string }[]> {
  const args = [
    '-map',
    '0:V:0',
    '-vsync',
    'passthrough',
    '-enc_time_base',
    '-1',
    '-pix_fmt',
    'rgb24',
    '-f',
    'framemd5',
    '-',
  ];
  const { stdout } = await run(ffmpeg.path, ['-v', 'error', '-i', path, ...args], { maxBuffer: 2 ** 26 });
  const [numerator = 0, denominator = 1] = (/#tb 0: (\d+)\/(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  const pictures = stdout.split('\n').flatMap((line) => {
    const fields = line.split(',').map((field) => field.trim());
    return line.startsWith('#') || !fields[5] ? [] : [{ pts: Number(fields[2]), md5: fields[5] }];
  });
  const first = Math.min(...pictures.map(({ pts }) => pts));
  return pictures.map(({ pts, md5 }) => ({ seconds: ((pts - first) * numerator) / denominator, md5 }));
}

export interface Picture {
  /** A digest of the pixels. */
  md5: string;
  width: number;
  height: number;
}

/** Decode image files; they are all of one size. */
export async function decodeImages(images: Buffer[]): Promise<Picture[]> {
  const folder = await mkdtemp(join(tmpdir(), 'processor-images-'));
  await Promise.all(images.map((image, n) => writeFile(join(folder, `${n}.image`), image)));
  const args = ['-f', 'image2', '-i', join(folder, '%d.image'), '-pix_fmt', 'rgb24', '-f', 'framemd5', '-'];
  const { stdout } = await run(ffmpeg.path, ['-v', 'error', ...args]);
  await rm(folder, { recursive: true });
  const [, width, height] = /#dimensions 0: (\d+)x(\d+)/.exec(stdout) ?? [];
  const digests = stdout.matchAll(/^0,.*, *(\w{32})$/gm);
  return [...digests].map(([, md5 = '']) => ({ md5, width: Number(width), height: Number(height) }));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** How many ffmpeg processes work on a job, not counting what keeps them in their sandboxes. */
export async function running(job: Job): Promise<number> {
  return (await commandLinesWith(job.source.key)).filter((line) => line.startsWith(ffmpeg.path)).length;
}

/** A moment is theirs: what was killed still stands in the list of processes when its output has closed. */
export const untilAllEnded = (job: Job): Promise<true> =>
  eventually(async () => (await running(job)) === 0, 'every ffmpeg of the job to end', 5000);
