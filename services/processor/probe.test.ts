import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { probe, type ProbeLimits } from './probe.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, ffmpeg, limits, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const look = (path: string, changes: Partial<ProbeLimits> = {}) =>
  probe(ffmpeg, path, { ...limits, ...changes }, new AbortController().signal);

describe('what a probe finds', () => {
  test.each([
    ['birds.mp4', 1.033333, 1280, 720, 'h264', 30],
    ['cockatoo.mp4', 14, 1280, 720, 'h264', 20],
    ['city-mpeg1.mpg', 7.6, 720, 405, 'mpeg2video', 25],
    ['hello-mpeg2.mpeg', 8.3083, 640, 480, 'mpeg2video', 29.97],
    ['phone-portrait.mp4', 1.517444, 1920, 1080, 'h264', 27.019],
  ])('%s', async (name, durationSeconds, width, height, codec, frameRate) => {
    const { media, declaredSeconds } = await look(footage(name));
    expect(media).toEqual({ durationSeconds, width, height, codec, frameRate });
    expect(declaredSeconds).toBeNull();
  });

  test('the size of a video that is shown turned by a quarter', async () => {
    const args = ['-i', footage('birds.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90'];
    const { media } = await look(await bench.make(...args, 'turned.mp4'));
    expect(media).toMatchObject({ width: 720, height: 1280 });
  });

  test('the shown part of a video whose edit list hides its beginning', async () => {
    const args = ['-ss', '4.3', '-i', footage('cockatoo.mp4'), '-t', '3', '-an', '-c', 'copy'];
    const { media } = await look(await bench.make(...args, 'edited.mp4'));
    expect(media.durationSeconds).toBeCloseTo(3, 0);
    expect(media.frameRate).toBeCloseTo(20, 0);
  });

  test('a lone frame lasts for a moment', async () => {
    const args = ['-i', footage('birds.mp4'), '-frames:v', '1', '-c:v', 'mpeg2video', '-f', 'mpeg2video'];
    const { media, lastFrameSeconds } = await look(await bench.make(...args, 'lone.m2v'));
    expect(media.durationSeconds).toBeGreaterThan(0);
    expect(lastFrameSeconds).toBe(0);
  });

  test('what a cut-off file should have been', async () => {
    const path = await cutInHalf(
      await bench.make('-i', footage('cockatoo.mp4'), '-c', 'copy', '-movflags', '+faststart', 'whole.mp4'),
    );
    const { media, declaredSeconds } = await look(path);
    expect(declaredSeconds).toBe(14);
    expect(media.durationSeconds).toBeGreaterThan(3);
    expect(media.durationSeconds).toBeLessThan(11);
  });
});

describe('why a file is refused', () => {
  const written = async (name: string, content: string | Buffer) => {
    await writeFile(bench.path(name), content);
    return bench.path(name);
  };
  const cover = ['-i', footage('birds.mp4'), '-frames:v', '1'];
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=1'];
  const files: [string, string, () => Promise<string>][] = [
    ['a text', 'not_a_video', () => written('text', 'This is not a video.\n'.repeat(100))],
    [
      'noise',
      'not_a_video',
      () => written('noise', Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 31) % 251))),
    ],
    ['an image', 'not_a_video', () => bench.make(...cover, 'image.png')],
    ['a video whose index is cut off', 'corrupt_video', () => cutInHalf(footage('cockatoo.mp4'))],
    [
      'a video of which only the index is left',
      'corrupt_video',
      () => cut(footage('phone-portrait.mp4'), 400_000),
    ],
    ['sound in an mp4', 'no_video_stream', () => bench.make(...sound, 'sound.m4a')],
    ['sound', 'no_video_stream', () => bench.make(...sound, 'sound.wav')],
    [
      'sound with cover art',
      'no_video_stream',
      async () => {
        const art = await bench.make(...cover, 'cover.jpg');
        return bench.make(
          ...sound,
          '-i',
          art,
          '-map',
          '0',
          '-map',
          '1',
          '-c:v',
          'copy',
          '-disposition:v',
          'attached_pic',
          'cover.m4a',
        );
      },
    ],
  ];
  test.each(files)('%s: %s', async (_name, code, make) => {
    await expect(look(await make())).rejects.toMatchObject({ code, retryable: false });
  });

  test.each([
    ['too_long', { maxDurationSeconds: 13 }],
    ['too_many_pixels', { maxPixels: 1280 * 720 - 1 }],
  ])('over a limit: %s', async (code, changes) => {
    await expect(look(footage('cockatoo.mp4'), changes)).rejects.toMatchObject({ code, retryable: false });
  });

  test('a file that is gone is a fault on our side', async () => {
    await expect(look(bench.path('gone.mp4'))).rejects.toMatchObject({ retryable: true });
  });

  test('an ffmpeg that does not start is a fault on our side', async () => {
    const broken = { ...ffmpeg, path: '/nowhere/ffmpeg', limiter: [] };
    const probing = probe(broken, footage('birds.mp4'), limits, new AbortController().signal);
    await expect(probing).rejects.toMatchObject({ code: 'attempts_exhausted', retryable: true });
  });
});

async function cutInHalf(path: string): Promise<string> {
  const { size } = await stat(path);
  return cut(path, size / 2);
}

async function cut(path: string, bytes: number): Promise<string> {
  const rest = bench.path(`cut-${bytes}.mp4`);
  await writeFile(rest, (await readFile(path)).subarray(0, bytes));
  return rest;
}
