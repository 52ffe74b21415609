import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runJob } from './run-job.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, jobFor, recordingVideo, workerWith, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

/** How long a file that claims absurd things may keep a worker busy, and what it may cost in memory. */
const SECONDS = 30;
const MEGABYTES = 400;

/** Overwrite the four bytes at an offset behind a box's name with the largest number. */
async function absurd(box: string, offset: number): Promise<string> {
  const bytes = await readFile(footage('cockatoo.mp4'));
  bytes.writeUInt32BE(0xffff_ffff, bytes.indexOf(box, 0, 'latin1') + 4 + offset);
  const path = bench.path(`${box}-${offset}.mp4`);
  await writeFile(path, bytes);
  return path;
}

/** Offsets count from behind version and flags (ISO/IEC 14496-12, chapter 8). */
test.each([
  ['more entries of decoding times than the file has bytes', 'stts', 4],
  ['four billion samples in one run of decoding times', 'stts', 8],
  ['frames that last four billion ticks', 'stts', 12],
  ['more composition offsets than the file has bytes', 'ctts', 4],
  ['four billion samples in one run of composition offsets', 'ctts', 8],
  ['four billion sample sizes', 'stsz', 8],
  ['a sample size of four gigabytes', 'stsz', 12],
  ['more chunk runs than the file has bytes', 'stsc', 4],
  ['four billion samples in a chunk', 'stsc', 12],
  ['more chunks than the file has bytes', 'stco', 4],
  ['a chunk behind the end', 'stco', 8],
  ['a clock of four billion ticks per second', 'mdhd', 12],
])('%s: the job ends soon, and memory stays bounded', async (_name, box, offset) => {
  const job = await jobFor(bench.store, await absurd(box, offset), {});
  const video = recordingVideo();
  const before = process.memoryUsage.rss();
  const start = performance.now();
  await runJob(workerWith(video.port, bench.store), job, new AbortController().signal);
  expect((performance.now() - start) / 1000).toBeLessThan(SECONDS);
  expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(MEGABYTES);
  const failed = video.told('fail');
  expect(failed.length + video.told('complete').length).toBe(1);
  expect(failed.every(({ retryable }) => !retryable)).toBe(true);
});

test('of three hundred video streams the first is taken, in seconds', async () => {
  const maps = Array.from({ length: 300 }, () => ['-map', '0:v']).flat();
  const path = await bench.make('-i', footage('birds.mp4'), ...maps, '-c', 'copy', 'streams.mp4');
  const job = await jobFor(bench.store, path, {});
  const video = recordingVideo();
  const start = performance.now();
  await runJob(workerWith(video.port, bench.store), job, new AbortController().signal);
  expect((performance.now() - start) / 1000).toBeLessThan(SECONDS);
  expect(video.told('complete')).toMatchObject([{ frameCount: 2 }]);
});
