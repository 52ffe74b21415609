import { describe, expect, test } from '@jest/globals';
import { filtersOf, planFrames } from './plan.ts';

const media = { durationSeconds: 10, width: 1920, height: 1080, codec: 'h264', frameRate: 25 };
const everySecond = { select: { mode: 'interval', seconds: 1 } } as const;
const count = (n: number) => ({ select: { mode: 'count', count: n } }) as const;

describe('planFrames', () => {
  test.each([
    ['the whole video', {}, 0, 10],
    ['a video that ends just behind a wanted time', { durationSeconds: 10.000001 }, 0, 11],
    ['from a start', { start: 2.5 }, 2_500_000, 8],
    ['to an end', { end: 3 }, 0, 3],
    ['to an end behind the video', { start: 9.5, end: 99 }, 9_500_000, 1],
  ])('interval: %s', (_name, { durationSeconds = 10, ...range }: Record<string, number>, startUs, frames) => {
    const plan = planFrames({ ...everySecond, ...range }, { ...media, durationSeconds }, 100);
    expect(plan).toMatchObject({ startUs, intervalUs: 1_000_000, frames });
  });

  test.each([
    [7, {}, 1_428_571],
    [1, {}, 10_000_000],
    [4, { start: 2, end: 6 }, 1_000_000],
  ])('count: %i frames are spread evenly over the range', (wanted, range, intervalUs) => {
    expect(planFrames({ ...count(wanted), ...range }, media, 100)).toMatchObject({
      frames: wanted,
      intervalUs,
    });
  });

  test('count: a range of a few microseconds has no more frames than those', () => {
    const plan = planFrames(count(50), { ...media, durationSeconds: 0.00001 }, 100);
    expect(plan).toMatchObject({ frames: 10, intervalUs: 1 });
  });

  test('count: the interval of a very long video fits into what ffmpeg counts with', () => {
    const plan = planFrames(count(3), { ...media, durationSeconds: 100_000 }, 100);
    expect(plan).toMatchObject({ frames: 3, intervalUs: 33_333_333_000 });
    expect(filtersOf(plan, 'rgb24')).toContain('fps=fps=1000/33333333:');
  });

  test.each([
    ['no_frames', { start: 10 }, 100],
    ['too_many_frames', {}, 9],
  ])('%s', (code, range, maxFrames) => {
    expect(() => planFrames({ ...everySecond, ...range }, media, maxFrames)).toThrow(
      expect.objectContaining({ code, retryable: false }),
    );
  });

  test.each([
    [{}, 1920, 1080],
    [{ maxWidth: 640 }, 640, 360],
    [{ maxWidth: 640, maxHeight: 100 }, 178, 100],
    [{ maxWidth: 4000, maxHeight: 4000 }, 1920, 1080],
  ])('a picture fits into %j and is never enlarged', (wish, width, height) => {
    expect(planFrames({ ...everySecond, ...wish }, media, 100)).toMatchObject({ width, height });
  });

  test('a picture is never scaled to nothing', () => {
    const strip = { ...media, width: 16_000, height: 2 };
    expect(planFrames({ ...everySecond, maxWidth: 16 }, strip, 100)).toMatchObject({ width: 16, height: 1 });
  });
});

describe('filtersOf', () => {
  test('shifts the clock by the start in whole microseconds, which a double would not hit', () => {
    const plan = planFrames({ select: { mode: 'interval', seconds: 0.4 }, start: 0.57 }, media, 100);
    expect(filtersOf(plan, 'rgb24')).toBe(
      'setpts=PTS-STARTPTS,settb=1/1000000,showinfo=checksum=0,setpts=PTS-570000,' +
        'fps=fps=5/2:round=up:start_time=0,setpts=N,scale=1920:1080,format=rgb24',
    );
  });
});
