import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { partKey } from '../../lib/contracts.ts';
import { runJob } from './run-job.ts';
import { manifestIn, readArchive } from '../../test/support/archive.ts';
import { footage } from '../../test/support/footage.ts';
import {
  createBench,
  decodeImages,
  jobFor,
  recordingVideo,
  untilAllEnded,
  workerWith,
  type Bench,
} from '../../test/support/processor.ts';

const forever = new AbortController().signal;
const attempt = { extractionId: 'e1d3f6a0-0000-4000-8000-000000000001', attempt: 3 };

let bench: Bench;
let long: string;
beforeAll(async () => {
  bench = await createBench();
  long = await bench.make(
    '-stream_loop',
    '8',
    '-i',
    footage('cockatoo.mp4'),
    '-an',
    '-c',
    'copy',
    'long.mkv',
  );
});
afterAll(() => bench.remove());

describe('a job that succeeds', () => {
  test('ends in an archive with a manifest that tells the truth', async () => {
    const recipe = { select: { mode: 'interval', seconds: 0.5 }, start: 0.25, maxWidth: 320 };
    const job = await jobFor(bench.store, footage('city-mpeg1.mpg'), recipe);
    const video = recordingVideo();
    await runJob(workerWith(video.port, bench.store), job, forever);

    const entries = await readArchive(bench.store, job.archiveKey);
    const { frames, ...manifest } = manifestIn(entries);
    const media = { durationSeconds: 7.6, width: 720, height: 405, codec: 'mpeg2video', frameRate: 25 };
    const source = { filename: 'a video.mp4', sha256: job.source.sha256 };
    const rest = { recipe: job.recipe, expectedFrames: 15, duplicatesDropped: 0, warnings: [] };
    const decoding = { method: 'decode', adjustments: [] };
    expect(manifest).toEqual({ video: { ...source, media }, ...rest, ...decoding });
    expect([...entries.keys()]).toEqual([...frames.map(({ file }) => file), 'manifest.json']);
    expect(frames).toHaveLength(15);
    expect(frames.slice(0, 2)).toMatchObject([
      { index: 1, file: 'frames/frame_000001.jpg', timeSeconds: 0.24, sourceIndex: 6 },
      { index: 2, file: 'frames/frame_000002.jpg', timeSeconds: 0.72, sourceIndex: 18 },
    ]);
    const images = frames.map(({ file }) => entries.get(file) ?? Buffer.alloc(0));
    expect(images.map(({ length }) => length)).toEqual(frames.map(({ size }) => size));
    const pictures = await decodeImages(images);
    expect(pictures).toMatchObject(frames.map(({ width, height }) => ({ width, height })));

    const stored = await bench.store.head(job.archiveKey);
    const bytes = await buffer(await bench.store.get(job.archiveKey));
    const offset = bytes.indexOf(entries.get('manifest.json') ?? '-');
    const size = entries.get('manifest.json')?.length;
    const archive = { key: job.archiveKey, size: stored?.size, manifest: { offset, size } };
    const [completion] = video.told('complete');
    expect(completion).toMatchObject({ ...attempt, archive, media, frameCount: 15, warnings: [] });
    expect(completion?.archive.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const sheet = { key: job.previewKey, columns: 10, tileWidth: 160, tileHeight: 90 };
    expect(completion?.preview).toMatchObject(sheet);
    expect(completion?.preview.tiles).toHaveLength(15);
    expect((await bench.store.head(job.previewKey))?.size).toBe(completion?.preview.size);
    expect(video.told('fail')).toEqual([]);
    await untilAllEnded(job);
  });

  test('shares finished frames while it runs', async () => {
    const job = await jobFor(bench.store, long, { format: 'png' });
    const video = recordingVideo();
    await runJob(workerWith(video.port, bench.store), job, forever);
    const shared = video.told('shareFrames');
    expect(shared.length).toBeGreaterThan(0);
    expect(shared.map(({ part }) => part)).toEqual(shared.map((_, place) => place + 1));
    const entries = [...(await readArchive(bench.store, job.archiveKey)).values()];
    for (const { part, frames } of shared) {
      const content = await buffer(await bench.store.get(partKey(job.extractionId, job.attempt, part)));
      expect(content.equals(Buffer.concat(entries.splice(0, frames.length)))).toBe(true);
    }
  });

  test('tells a progress that only grows and stays below 100, and what the probe found', async () => {
    const job = { ...(await jobFor(bench.store, long, { maxWidth: 32 })), leaseSeconds: 3 };
    const video = recordingVideo();
    await runJob(workerWith(video.port, bench.store), job, forever);
    const renewals = video.told('renew');
    const progress = renewals.map((renewal) => renewal.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.every((it) => Number.isInteger(it) && it >= 0 && it <= 99)).toBe(true);
    expect(new Set(progress).size).toBeGreaterThan(2);
    expect(renewals.at(-1)?.media?.width).toBe(1280);
    expect(video.told('complete')).toMatchObject([{ frameCount: 126 }]);
  });

  test('gives the same archive for the same input', async () => {
    const video = recordingVideo();
    const job = await jobFor(bench.store, footage('birds.mp4'), {});
    for (let n = 0; n < 2; n += 1) await runJob(workerWith(video.port, bench.store), job, forever);
    const [first, second] = video.told('complete');
    expect(second).toEqual(first);
  });

  test('several run at once', async () => {
    const clips = ['birds.mp4', 'hello-mpeg2.mpeg', 'phone-portrait.mp4'];
    const jobs = await Promise.all(clips.map((clip) => jobFor(bench.store, footage(clip), {})));
    const video = recordingVideo();
    await Promise.all(jobs.map((job) => runJob(workerWith(video.port, bench.store), job, forever)));
    const counts = new Map(
      video.told('complete').map(({ archive, frameCount }) => [archive.key, frameCount]),
    );
    expect(jobs.map(({ archiveKey }) => counts.get(archiveKey))).toEqual([2, 9, 2]);
  });

  test('a cut-off video completes with a warning and says how many frames there should have been', async () => {
    const whole = await bench.make(
      '-i',
      footage('cockatoo.mp4'),
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      'whole.mp4',
    );
    const bytes = await readFile(whole);
    await writeFile(bench.path('cut.mp4'), bytes.subarray(0, bytes.length / 2));
    const job = await jobFor(bench.store, bench.path('cut.mp4'));
    const video = recordingVideo();
    await runJob(workerWith(video.port, bench.store), job, forever);
    const { frames, expectedFrames, warnings } = manifestIn(await readArchive(bench.store, job.archiveKey));
    expect(expectedFrames).toBe(14);
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.length).toBeLessThan(11);
    expect(warnings).toEqual([
      expect.stringMatching(/^The file is incomplete: of 14\.0 seconds only the first/),
    ]);
    expect(video.told('complete')).toMatchObject([{ frameCount: frames.length, warnings }]);
  });

  test.each([
    ['garbage.mkv', /incomplete: of 14\.\d seconds/],
    [
      'garbage.mp4',
      /damaged after \d\.\d seconds: later frames repeat the last good one|damaged: only \d of 14/,
    ],
  ])('%s: a video that becomes garbage midway completes with a warning', async (name, said) => {
    const path = await bench.make(
      '-i',
      footage('cockatoo.mp4'),
      '-an',
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      name,
    );
    const content = await readFile(path);
    await writeFile(
      path,
      content.fill(0x5a, 400_000, name.endsWith('mkv') ? content.length - 2000 : undefined),
    );
    const job = await jobFor(bench.store, path);
    const video = recordingVideo();
    await runJob(workerWith(video.port, bench.store), job, forever);
    expect(video.told('complete').flatMap(({ warnings }) => warnings)).toContainEqual(
      expect.stringMatching(said),
    );
  });
});
