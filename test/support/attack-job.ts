import { writeFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { runJob } from '../../services/processor/run-job.ts';
import { watchChildren } from './children.ts';
import { jobFor, limits, recordingVideo, workerWith, type Bench } from './processor.ts';

/** What a hostile file may cost: most are done in a second, on a machine with nothing else to do. */
const SECONDS = 30;
const MEGABYTES = 1100;
const PROCESSES = 2;

/**
 * Run a job on these bytes under watch: it must end soon, cost little, and leave no process.
 * @param timeoutSeconds it must end in less, by other limits than this one of an attempt's time
 */
export async function attackWith(
  bench: Bench,
  bytes: Uint8Array,
  recipe: object = {},
  filename = 'a video.mp4',
  timeoutSeconds = SECONDS,
) {
  const path = bench.path('hostile');
  await writeFile(path, bytes);
  const plain = await jobFor(bench.store, path, recipe);
  const job = { ...plain, source: { ...plain.source, filename } };
  const video = recordingVideo();
  const watch = watchChildren();
  const start = performance.now();
  await runJob(
    workerWith(video.port, bench.store, { timeoutSeconds: Math.max(timeoutSeconds, limits.timeoutSeconds) }),
    job,
    new AbortController().signal,
  );
  const seconds = (performance.now() - start) / 1000;
  const cost = await watch.end();
  expect(seconds).toBeLessThan(timeoutSeconds);
  expect(cost.peakBytes / 1e6).toBeLessThan(MEGABYTES);
  expect(cost.mostFfmpegs).toBeLessThanOrEqual(PROCESSES);
  expect(cost.left).toEqual([]);
  const failed = video.told('fail');
  expect(failed.every(({ retryable }) => !retryable)).toBe(true);
  return { code: failed[0]?.code, completed: video.told('complete')[0], job };
}
