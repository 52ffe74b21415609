import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runJob } from './run-job.ts';
import { manifestIn, readArchive } from '../../test/support/archive.ts';
import { extract } from '../../test/support/engine.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, jobFor, recordingVideo, workerWith, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const lavfi = (...args: string[]) => ['-f', 'lavfi', '-i', ...args];

/** Run a job to its archive. */
async function archiveOf(path: string, recipe: object) {
  const job = await jobFor(bench.store, path, recipe);
  const video = recordingVideo();
  await runJob(workerWith(video.port, bench.store), job, new AbortController().signal);
  expect(video.told('fail')).toEqual([]);
  return manifestIn(await readArchive(bench.store, job.archiveKey));
}

describe('scene', () => {
  test('gives the middle frame of each shot: here of 4, 2 and 6 seconds', async () => {
    const path = await bench.make(
      ...lavfi('testsrc=size=320x180:rate=25:duration=4'),
      ...lavfi('rgbtestsrc=size=320x180:rate=25:duration=2'),
      ...lavfi('smptebars=size=320x180:rate=25:duration=6'),
      ...['-filter_complex', 'concat=n=3,format=yuv420p', '-c:v', 'libx264', '-g', '300', 'shots.mp4'],
    );
    const { pictures } = await extract(path, { select: { mode: 'scene' } });
    expect(pictures.map(({ timeUs }) => timeUs / 1e6)).toEqual([1.96, 4.96, 8.96]);
  });

  test('with a threshold that nothing reaches is one shot', async () => {
    const { pictures } = await extract(footage('cockatoo.mp4'), { select: { mode: 'scene', threshold: 1 } });
    expect(pictures.map(({ timeUs }) => timeUs / 1e6)).toEqual([6.95]);
  });
});

test('dedupe drops the frames of a picture that stands still, and the manifest says how many', async () => {
  const path = await bench.make(
    ...lavfi('smptebars=size=320x180:rate=10:duration=5'),
    ...lavfi('testsrc2=size=320x180:rate=10:duration=3'),
    ...['-filter_complex', 'concat=n=2,format=yuv420p', '-c:v', 'libx264', 'still.mp4'],
  );
  const manifest = await archiveOf(path, { dedupe: true });
  expect(manifest.frames.map(({ timeSeconds }) => timeSeconds)).toEqual([0, 5, 6, 7]);
  expect(manifest).toMatchObject({ expectedFrames: 8, duplicatesDropped: 4, warnings: [] });
});

test('interlaced frames are deinterlaced, and the manifest says so', async () => {
  const filters = 'format=yuv420p,tinterlace=interleave_top';
  const args = [
    ...lavfi('testsrc2=size=320x240:rate=50:duration=4'),
    '-vf',
    filters,
    '-flags',
    '+ilme+ildct',
  ];
  const path = await bench.make(...args, '-c:v', 'mpeg2video', '-q:v', '2', 'interlaced.mpg');
  expect((await archiveOf(path, {})).adjustments).toEqual(['deinterlaced']);
  expect((await archiveOf(footage('birds.mp4'), {})).adjustments).toEqual([]);
});

test('HDR is tone-mapped: white stays white, and the manifest says so', async () => {
  const colours = 'setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc';
  const args = [
    ...lavfi('color=white:size=320x180:rate=25:duration=2'),
    '-vf',
    `format=yuv420p10le,${colours}`,
  ];
  const x265 = 'log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc';
  const path = await bench.make(...args, '-c:v', 'libx265', '-x265-params', x265, 'hdr.mp4');
  expect((await archiveOf(path, {})).adjustments).toEqual(['tone-mapped']);
  const { pictures } = await extract(path, {});
  const [first = 0] = pictures[0]?.thumb ?? [];
  expect(first).toBeGreaterThan(235);
});

test.each([90, 180, 270])(
  'a video that is to be turned by %i degrees comes out upright by both methods',
  async (degrees) => {
    const source = [
      '-stream_loop',
      '9',
      '-i',
      footage('birds.mp4'),
      '-an',
      '-vf',
      'scale=160:90',
      '-c:v',
      'libx264',
    ];
    const stored = await bench.make(...source, 'stored.mp4');
    const turned = await bench.make(
      '-i',
      stored,
      '-c',
      'copy',
      '-metadata:s:v',
      `rotate=${degrees}`,
      'turned.mp4',
    );
    const wish = { select: { mode: 'times', seconds: [5] }, format: 'png' };
    const [packets, whole] = [await extract(turned, wish), await extract(turned, wish, { whole: true })];
    expect([packets.method.name, whole.method.name]).toEqual(['packets', 'decode']);
    expect(packets.images).toEqual(whole.images);
    expect(packets.plan).toMatchObject(degrees === 180 ? { width: 160 } : { width: 90, height: 160 });
  },
);
