import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { partKey, type Job } from '../../lib/contracts.ts';
import { problems } from '../../lib/errors.ts';
import { failures } from '../../lib/failures.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { createS3Store } from '../../lib/storage/s3.ts';
import { readS3Location } from '../../lib/storage/s3-location.ts';
import { findFfmpeg } from '../../services/processor/ffmpeg-program.ts';
import { runJob } from '../../services/processor/run-job.ts';
import { footage } from '../support/footage.ts';
import { createBench, jobFor, limits, packets, recordingVideo, workerWith } from '../support/processor.ts';
import { startS3 } from '../support/s3.ts';
import { listS3 } from '../support/s3-listing.ts';
import { assert } from './assert.ts';
import { campaign } from './campaign.ts';
import { filesBelow } from './holdings.ts';
import { changes, joinsFiles, mutate } from './mutations.ts';

/** No job takes longer, however crowded the machine is: its own limits end it before. */
const DEADLINE_MS = 180_000;
/** CPU time of one ffmpeg; what is right takes a tenth of a second. */
const CPU_SECONDS = 4;
/** Readers of packets come and go as threads, whose memory the allocator keeps. */
const MAX_GROWTH_BYTES = 500 * 1024 ** 2;

/** Each with a codec, a container and a way to read it of its own. */
const CLIPS: [source: string, name: string, ...args: string[]][] = [
  ['birds.mp4', 'h264.mp4'],
  ['birds.mp4', 'fragments.mp4', '-movflags', 'frag_keyframe+empty_moov', '-g', '5'],
  ['cockatoo.mp4', 'h264.mkv'],
  ['phone-portrait.mp4', 'h264.mov'],
  ['birds.mp4', 'hevc.mp4', '-c:v', 'libx265', '-x265-params', 'log-level=error'],
  ['birds.mp4', 'vp9.webm'],
  ['birds.mp4', 'vp8.webm', '-c:v', 'libvpx'],
  ['city-mpeg1.mpg', 'h264.ts'],
  ['hello-mpeg2.mpeg', 'mpeg4.avi'],
  ['city-mpeg1.mpg', 'mpeg1.mpg'],
  ['birds.mp4', 'pictures.gif'],
  ['birds.mp4', 'flv1.flv'],
  ['birds.mp4', 'wmv2.asf', '-c:v', 'wmv2'],
  ['birds.mp4', 'ffv1.nut', '-c:v', 'ffv1'],
];

/** Whole milliseconds, as recipes have them. */
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((ms) => ms / 1000);

const recipe = fc.record(
  {
    select: fc.oneof(
      fc.record({ mode: fc.constant('count'), count: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ mode: fc.constant('interval'), seconds: seconds(100, 900) }),
      fc.record({ mode: fc.constant('scene'), threshold: fc.constantFrom(0, 0.1, 0.3) }),
      fc.record({
        mode: fc.constant('times'),
        seconds: fc.array(seconds(0, 1200), { minLength: 1, maxLength: 4 }),
      }),
      fc.constantFrom({ mode: 'keyframes' }, { mode: 'all' }),
    ),
    format: fc.constantFrom('jpg', 'png', 'webp'),
    quality: fc.integer({ min: 1, max: 100 }),
    maxWidth: fc.constantFrom(16, 64, 4096),
    dedupe: fc.boolean(),
  },
  { requiredKeys: ['select', 'format'] },
);

const inputs = fc.record({
  file: fc.nat(CLIPS.length - 1),
  other: fc.nat(CLIPS.length - 1),
  changes,
  recipe,
  place: fc.nat(7).map((dice) => (dice === 0 ? ('s3' as const) : ('folder' as const))),
});
type Attack = typeof inputs extends fc.Arbitrary<infer Input> ? Input : never;

/** Where the videos and archives are: both kinds of stores, and what stands in them. */
async function openStores() {
  const [bench, s3] = await Promise.all([createBench(), startS3()]);
  Object.assign(process.env, s3.env);
  const stores = { folder: bench.store, s3: createS3Store(readS3Location(new URL(s3.url)), bench.path('')) };
  return {
    bench,
    stores,
    files: async () => [...(await filesBelow(bench.path(''))), ...(await listS3(s3))],
    remove: () => Promise.all([bench.remove(), s3.remove()]),
  };
}

/** Clips that are made when they are first needed. */
function clipsIn(bench: { make: (...args: string[]) => Promise<string> }) {
  const made = new Map<number, Promise<Buffer>>();
  const make = async (place: number) => {
    const [source = '', name = '', ...args] = CLIPS[place] ?? [];
    const small = ['-t', '0.6', '-vf', 'scale=96:-2', '-an', ...args];
    const path = await bench.make('-i', footage(source), ...small, name);
    const bytes = await readFile(path);
    await rm(path);
    return bytes;
  };
  return (place: number) => {
    const clip = made.get(place) ?? make(place);
    made.set(place, clip);
    return clip;
  };
}

type Program = Awaited<ReturnType<typeof findFfmpeg>>;

/** Run a job. @returns its code, or `completed` @throws when it ends in another way than a job may */
async function run(job: Job, store: ObjectStore, program: Program): Promise<string> {
  const video = recordingVideo();
  const late = AbortSignal.timeout(DEADLINE_MS);
  const said: string[] = [];
  const warn = (...args: unknown[]) => void said.push(args.map(String).join(' '));
  const logger = { ...silentLogger, warn };
  await runJob({ ...workerWith(video.port, store), ffmpeg: program, logger }, job, late);
  assert(!late.aborted, `it took longer than ${DEADLINE_MS} ms`);
  const [failed] = video.told('fail');
  const parts = video.told('shareFrames').map(({ part }) => partKey(job.extractionId, job.attempt, part));
  const isStored = await takeAway(store, job, parts);
  assert(isStored === !failed, failed ? 'a failed job left an archive' : 'no archive is there');
  assert(video.told('complete').length === (failed ? 0 : 1), 'it did not end once');
  if (!failed) return 'completed';
  const { code, retryable } = failed;
  assert(Object.hasOwn(failures, code) && !Object.hasOwn(problems, code), `the code ${code}`);
  assert(!retryable, `a fault of the file was taken for one of ours: ${said.join(' ').slice(-2000)}`);
  return code;
}

/** Delete what a job may have stored, and its source; anything else that stays is a leak. @returns whether its archive was there */
async function takeAway(store: ObjectStore, job: Job, parts: string[]): Promise<boolean> {
  const archive = await store.head(job.archiveKey);
  for (const key of [job.source.key, job.archiveKey, job.previewKey, ...parts]) await store.delete(key);
  return archive !== null;
}

/** Real videos, damaged, through the probe and the extraction. */
export const media = campaign<Attack>('media', async () => {
  const { bench, stores, files, remove } = await openStores();
  const program = await findFfmpeg(process.env.FFMPEG_PATH, {
    ...limits,
    threads: 1,
    timeoutSeconds: CPU_SECONDS,
  });
  const clip = clipsIn(bench);
  let number = 0;
  /** Clips that were extracted as they are: otherwise what is done to them would show nothing. */
  const sound = new Set<number>();
  const attack = async (bytes: Buffer, store: ObjectStore, wish: object) => {
    const path = bench.path(`mutated-${(number += 1)}`);
    await writeFile(path, bytes);
    const job = { ...(await jobFor(store, path, wish)), extractionId: randomUUID() };
    await rm(path);
    return run(job, store, program);
  };
  return {
    inputs,
    // A job mostly starts programs and threads, and waits for them.
    lanes: 4 * availableParallelism(),
    attack: async (input) => {
      const original = await clip(input.file);
      const store = stores[input.place];
      if (!sound.has(input.file)) {
        sound.add(input.file);
        const end = await attack(original, store, {});
        assert(end === 'completed', `the clip ${CLIPS[input.file]?.[1]} is no sound video: ${end}`);
      }
      const other = input.changes.some(joinsFiles) ? await clip(input.other) : original;
      return attack(mutate(original, input.changes, other), store, input.recipe);
    },
    watched: { pid: process.pid, files, maxGrowthBytes: MAX_GROWTH_BYTES },
    settle: () => Promise.resolve([]),
    stop: async () => {
      await packets.close();
      await remove();
    },
  };
});
