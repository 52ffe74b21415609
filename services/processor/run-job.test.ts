import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Job } from '../../lib/contracts.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { runJob, runNextJob } from './run-job.ts';
import { footage } from '../../test/support/footage.ts';
import {
  createBench,
  jobFor,
  recordingVideo,
  running,
  untilAllEnded,
  workerWith,
  type Bench,
} from '../../test/support/processor.ts';

const run = promisify(execFile);
const forever = new AbortController().signal;
const attempt = { extractionId: 'e1d3f6a0-0000-4000-8000-000000000001', attempt: 3 };

let bench: Bench;
let long: string;
beforeAll(async () => {
  bench = await createBench();
  long = await bench.make(
    '-stream_loop',
    '20',
    '-i',
    footage('cockatoo.mp4'),
    '-an',
    '-c',
    'copy',
    'long.mkv',
  );
});
afterAll(() => bench.remove());

async function until(state: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await state())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function endFfmpeg(job: Job, signal: NodeJS.Signals): Promise<void> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  const lines = stdout.split('\n').filter((it) => it.includes('ffmpeg') && it.includes(job.source.key));
  for (const line of lines) process.kill(Number.parseInt(line, 10), signal);
}

describe('a job that fails', () => {
  const failing = async (job: Job, store: ObjectStore = bench.store, changes = {}, answers = {}) => {
    const video = recordingVideo(answers);
    await runJob(workerWith(video.port, store, changes), job, forever);
    expect(video.told('complete')).toEqual([]);
    expect(await bench.store.head(job.archiveKey)).toBeNull();
    await untilAllEnded(job);
    return video.told('fail');
  };

  test('an empty file', async () => {
    await writeFile(bench.path('empty'), '');
    const told = await failing(await jobFor(bench.store, bench.path('empty')));
    expect(told).toEqual([{ ...attempt, code: 'empty_file', retryable: false }]);
  });

  test.each([
    ['too_many_frames', { select: { mode: 'interval', seconds: 0.1 } }, { maxFrames: 139 }],
    ['too_many_frames', { select: { mode: 'count', count: 140 } }, { maxFrames: 139 }],
    ['no_frames', { start: 14 }, {}],
  ])('%s: %j', async (code, recipe, changes) => {
    const job = await jobFor(bench.store, footage('cockatoo.mp4'), recipe);
    const told = await failing(job, bench.store, changes);
    expect(told).toMatchObject([{ ...attempt, code, retryable: false, media: { durationSeconds: 14 } }]);
  });

  test('processing_timeout', async () => {
    const job = await jobFor(bench.store, long, {
      select: { mode: 'interval', seconds: 0.5 },
      format: 'png',
    });
    const told = await failing(job, bench.store, { timeoutSeconds: 1 });
    expect(told).toMatchObject([{ code: 'processing_timeout', retryable: false }]);
  });

  test('a source that is not in the store is tried again', async () => {
    const job = await jobFor(bench.store, footage('birds.mp4'));
    const gone = { ...job, source: { ...job.source, key: 'sources/gone' } };
    expect(await failing(gone)).toEqual([{ ...attempt, code: 'attempts_exhausted', retryable: true }]);
  });

  test('a store that breaks while the archive is written is tried again, and ffmpeg ends', async () => {
    const breaking: ObjectStore = {
      ...bench.store,
      put: async (_key, source) => {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          if (chunk.length > 10_000) throw new Error('the connection is gone');
        }
        throw new Error('the archive should have been larger');
      },
    };
    const job = await jobFor(bench.store, long);
    expect(await failing(job, breaking)).toMatchObject([{ code: 'attempts_exhausted', retryable: true }]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'an ffmpeg that %s ends midway is tried again',
    async (signal) => {
      const stored = await jobFor(bench.store, long, { format: 'png' });
      // Longer than a crowded machine may stand still; renewals come every two seconds all the same.
      const job = { ...stored, leaseSeconds: 60, archiveKey: `archives/${signal.toLowerCase()}.zip` };
      const renew = async ({ progress }: { progress: number }) => {
        if (progress > 0) await endFfmpeg(job, signal);
        return { accepted: true };
      };
      expect(await failing(job, bench.store, {}, { renew })).toMatchObject([
        { code: 'attempts_exhausted', retryable: true },
      ]);
    },
  );
});

describe('a job that is taken away', () => {
  test('a refused renewal ends ffmpeg, and nothing is told or left', async () => {
    const job = {
      ...(await jobFor(bench.store, long, { format: 'png' })),
      archiveKey: 'archives/canceled.zip',
    };
    const renew = async () => ({ accepted: (await running(job)) === 0 });
    const video = recordingVideo({ renew });
    await runJob(workerWith(video.port, bench.store), { ...job, leaseSeconds: 1 }, forever);
    expect(new Set(video.names())).toEqual(new Set(['renew']));
    await untilAllEnded(job);
    expect(await bench.store.head(job.archiveKey)).toBeNull();
    expect(await bench.store.removeLeftovers(new Date(Date.now() + 1000))).toBe(0);
  });

  test('a lease that can not be renewed is lost only when its time is up', async () => {
    const job = { ...(await jobFor(bench.store, long, { format: 'png' })), leaseSeconds: 1 };
    const video = recordingVideo({ renew: () => Promise.reject(new Error('nobody answers')) });
    await runJob(workerWith(video.port, bench.store), job, forever);
    expect(video.told('renew').length).toBeGreaterThan(1);
    expect(new Set(video.names())).toEqual(new Set(['renew']));
  });

  test('a shutdown hands it back', async () => {
    const job = {
      ...(await jobFor(bench.store, long, { format: 'png' })),
      archiveKey: 'archives/released.zip',
    };
    const shutdown = new AbortController();
    const video = recordingVideo();
    const working = runJob(workerWith(video.port, bench.store), job, shutdown.signal);
    await until(async () => (await running(job)) > 0);
    shutdown.abort();
    await working;
    expect(video.told('release')).toEqual([attempt]);
    expect([...video.told('fail'), ...video.told('complete')]).toEqual([]);
    await untilAllEnded(job);
    expect(await bench.store.head(job.archiveKey)).toBeNull();
  });

  test('an archive that comes too late is removed', async () => {
    const job = await jobFor(bench.store, footage('birds.mp4'));
    const video = recordingVideo({ complete: () => Promise.resolve({ accepted: false }) });
    await runJob(workerWith(video.port, bench.store), job, forever);
    expect(await bench.store.head(job.archiveKey)).toBeNull();
    expect(video.told('fail')).toEqual([]);
  });

  test('an outcome is told again when nobody heard it', async () => {
    const job = await jobFor(bench.store, footage('birds.mp4'));
    const answers = [Promise.reject(new Error('nobody answers')), Promise.resolve({ accepted: true })];
    answers[0]?.catch(() => undefined);
    const complete = () => answers.shift() ?? Promise.resolve({ accepted: false });
    const video = recordingVideo({ complete });
    await runJob(workerWith(video.port, bench.store), job, forever);
    expect(video.told('complete')).toHaveLength(2);
    expect(await bench.store.head(job.archiveKey)).not.toBeNull();
  });
});

describe('runNextJob', () => {
  test('does nothing when no extraction waits', async () => {
    const video = recordingVideo();
    await runNextJob(workerWith(video.port, bench.store), forever);
    expect(video.names()).toEqual(['claim']);
    expect(video.told('claim')).toEqual([{ worker: 'worker-1' }]);
  });

  test('claims nothing during a shutdown', async () => {
    const video = recordingVideo();
    await runNextJob(workerWith(video.port, bench.store), AbortSignal.abort());
    expect(video.names()).toEqual([]);
  });
});
