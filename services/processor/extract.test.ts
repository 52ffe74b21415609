import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipeSchema } from '../../lib/recipe.ts';
import { extractFrames } from './extract.ts';
import { createFrameClock } from './frame-clock.ts';
import { planFrames } from './plan.ts';
import { probe } from './probe.ts';
import { footage } from '../../test/support/footage.ts';
import {
  collect,
  createBench,
  decodeAll,
  decodeImages,
  ffmpeg,
  limits,
  type Bench,
} from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

async function extract(path: string, wish: object) {
  const recipe = recipeSchema.parse(wish);
  const { signal } = new AbortController();
  const found = await probe(ffmpeg, path, limits, signal);
  const plan = planFrames(recipe, found.media, limits.maxFrames);
  const clock = createFrameClock(plan);
  const images = await collect(extractFrames(ffmpeg, { path, recipe, plan, found, clock }, limits, signal));
  return { plan, images, times: clock.times(images.length) };
}

/** Every extracted frame must be, pixel by pixel, the last one of a full decode at or before its wanted time. */
async function expectExactFrames(path: string, wish: object) {
  const [all, { plan, images, times }] = await Promise.all([
    decodedOnce(path),
    extract(path, { format: 'png', ...wish }),
  ]);
  const wanted = Array.from({ length: plan.frames }, (_, k) => (plan.startUs + k * plan.intervalUs) / 1e6);
  const shown = wanted.map((at) => all.findLast(({ seconds }) => seconds <= at + 5e-7));
  const pictures = await decodeImages(images);
  expect(pictures.map(({ md5 }) => md5)).toEqual(shown.map((it) => it?.md5));
  expect(times.map((time) => time.toFixed(5))).toEqual(shown.map((it) => it?.seconds.toFixed(5)));
}

const decodes = new Map<string, ReturnType<typeof decodeAll>>();
function decodedOnce(path: string) {
  const decoding = decodes.get(path) ?? decodeAll(path);
  decodes.set(path, decoding);
  return decoding;
}

const interval = (seconds: number) => ({ select: { mode: 'interval', seconds } });

describe('each frame is the one a player would show', () => {
  const clips = ['birds.mp4', 'cockatoo.mp4', 'city-mpeg1.mpg', 'hello-mpeg2.mpeg', 'phone-portrait.mp4'];
  const wishes = [
    interval(1),
    { ...interval(0.4), start: 0.57 },
    { ...interval(0.25), start: 0.3, end: 1 },
    { select: { mode: 'count', count: 7 } },
  ];
  test.each(clips.flatMap((clip) => wishes.map((wish) => [clip, wish] as const)))(
    '%s %j',
    async (clip, wish) => {
      await expectExactFrames(footage(clip), wish);
    },
  );

  test('also behind an edit list', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25:duration=8', '-c:v', 'libx264'];
    const whole = await bench.make(...source, '-g', '100', 'whole.mp4');
    const edited = await bench.make('-ss', '5.3', '-i', whole, '-c', 'copy', 'edited.mp4');
    await expectExactFrames(edited, interval(0.4));
  });

  test('also while the last frame stands still for seconds', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=1:duration=2', '-c:v', 'libx264'];
    const moving = await bench.make(...source, 'moving.mp4');
    const still = await bench.make(
      '-i',
      moving,
      '-c',
      'copy',
      '-bsf:v',
      'setts=duration=5*DURATION',
      'still.mp4',
    );
    const { times } = await extract(still, interval(1));
    expect(times).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('also at a higher rate than the video has', async () => {
    const { plan, images } = await extract(footage('birds.mp4'), { ...interval(0.01), maxWidth: 64 });
    expect(plan.frames).toBe(104);
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
    const { images, times } = await extract(path, interval(0.5));
    expect(times.length).toBeGreaterThanOrEqual(8);
    expect(times.at(-1)).toBeGreaterThan(3);
    expect(await decodeImages(images)).toMatchObject(images.map(() => ({ width: 320, height: 180 })));
  });
});
