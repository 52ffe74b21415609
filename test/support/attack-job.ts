import { writeFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { runJob } from '../../services/processor/run-job.ts';
import { watchChildren } from './children.ts';
import { jobFor, recordingVideo, workerWith, type Bench } from './processor.ts';

/** What a hostile file may cost: most are done in a second. */
const CPU_SECONDS = 30;
/** On a crowded machine those come late. */
const SECONDS = 240;
/** The listing of packets may have so much, and some first pictures take as much. */
const MEGABYTES = 1100;
const PROCESSES = 2;

/** Run a job on these bytes under watch: it must end by itself, cost little, and leave no process. */
export async function attackWith(
  bench: Bench,
  bytes: Uint8Array,
  recipe: object = {},
  filename = 'a video.mp4',
) {
  const path = bench.path('hostile');
  await writeFile(path, bytes);
  const plain = await jobFor(bench.store, path, recipe);
  const job = { ...plain, source: { ...plain.source, filename } };
  const video = recordingVideo();
  const watch = watchChildren();
  const start = performance.now();
  await runJob(
    workerWith(video.port, bench.store, { timeoutSeconds: 2 * SECONDS }),
    job,
    new AbortController().signal,
  );
  const seconds = (performance.now() - start) / 1000;
  const cost = await watch.end();
  expect(seconds).toBeLessThan(SECONDS);
  expect(cost.cpuSeconds).toBeLessThan(CPU_SECONDS);
  expect(cost.peakBytes / 1e6).toBeLessThan(MEGABYTES);
  expect(cost.mostFfmpegs).toBeLessThanOrEqual(PROCESSES);
  expect(cost.left).toEqual([]);
  const failed = video.told('fail');
  expect(failed.every(({ retryable }) => !retryable)).toBe(true);
  return { code: failed[0]?.code, completed: video.told('complete')[0], job };
}
