import { chmod, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { extract } from '../../test/support/engine.ts';
import { noSandbox } from './sandbox.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, decodeImages, ffmpeg, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const interval = (seconds: number) => ({ select: { mode: 'interval', seconds } });

/** Frames at 0 and 1 second, and the second one is shown for five. */
async function still(): Promise<string> {
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=1:duration=2', '-c:v', 'libx264'];
  const moving = await bench.make(...source, 'moving.mp4');
  return bench.make('-i', moving, '-c', 'copy', '-bsf:v', 'setts=duration=5*DURATION', 'still.mp4');
}

describe('frames that are shown for long or several times', () => {
  test('the last frame stands still for seconds', async () => {
    const { pictures } = await extract(await still(), interval(1));
    expect(pictures.map(({ timeUs }) => timeUs / 1e6)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('ffmpeg says late that there is no further frame, and has written everything by then', async () => {
    const path = bench.path('late-ffmpeg');
    await writeFile(path, `#!/bin/sh\n'${ffmpeg.path}' "$@" | { sleep 0.5; cat; }\nsleep 0.5\n`);
    await chmod(path, 0o755);
    const { pictures } = await extract(await still(), interval(1), {
      whole: true,
      program: { ...ffmpeg, path, sandbox: noSandbox },
    });
    expect(pictures.map(({ timeUs }) => timeUs / 1e6)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('a higher rate than the video has', async () => {
    const { plan, images } = await extract(footage('birds.mp4'), { ...interval(0.01), maxWidth: 64 });
    expect(plan.frames).toHaveLength(104);
    expect(images).toHaveLength(104);
  });
});

describe('how images come out', () => {
  test.each(['jpg', 'png', 'webp'])('%s, as large as the video', async (format) => {
    const { images } = await extract(footage('birds.mp4'), { format });
    expect(images).toHaveLength(2);
    const size = { width: 1280, height: 720 };
    expect(await decodeImages(images)).toMatchObject([size, size]);
  });

  test.each(['jpg', 'png', 'webp'])('%s, smaller, with the size that the plan says', async (format) => {
    const { images, plan } = await extract(footage('city-mpeg1.mpg'), {
      format,
      maxWidth: 301,
      maxHeight: 333,
    });
    expect(plan).toMatchObject({ width: 301, height: 169 });
    expect(await decodeImages(images)).toMatchObject(Array(8).fill({ width: 301, height: 169 }));
  });

  test('turned, where the video says so', async () => {
    const args = ['-i', footage('birds.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90'];
    const { images } = await extract(await bench.make(...args, 'turned.mp4'), { maxHeight: 640 });
    const size = { width: 360, height: 640 };
    expect(await decodeImages(images)).toMatchObject([size, size]);
  });

  test.each(['jpg', 'webp'])('%s, smaller files at a lower quality', async (format) => {
    const sizes: number[] = [];
    for (const quality of [100, 60, 1]) {
      const { images } = await extract(footage('birds.mp4'), { format, quality });
      sizes.push(images[0]?.length ?? 0);
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes).size).toBe(3);
  });

  test('in one size, where the video changes its size midway', async () => {
    const part = (size: string, offset: string) => [
      '-f',
      'lavfi',
      '-i',
      `testsrc=size=${size}:rate=25:duration=2`,
      '-output_ts_offset',
      offset,
    ];
    const small = await bench.make(...part('320x180', '0'), 'small.ts');
    const large = await bench.make(...part('640x480', '2'), 'large.ts');
    const path = await bench.make('-i', `concat:${small}|${large}`, '-c', 'copy', 'both.ts');
    const { images, pictures } = await extract(path, interval(0.5));
    expect(pictures.length).toBeGreaterThanOrEqual(8);
    expect(pictures.at(-1)?.timeUs).toBeGreaterThan(3_000_000);
    expect(await decodeImages(images)).toMatchObject(images.map(() => ({ width: 320, height: 180 })));
  });
});
