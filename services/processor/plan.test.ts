import { describe, expect, test } from '@jest/globals';
import { selectSampled } from './filters.ts';
import { planFrames, samplingOf } from './plan.ts';

const media = { durationSeconds: 10, width: 1920, height: 1080, codec: 'h264', frameRate: 25 };
/** A frame each 40 ms, each 25th one a key frame. */
const found = (changes: Partial<typeof media> = {}) => {
  const all = { ...media, ...changes };
  const count = Math.ceil(all.durationSeconds * 25);
  const frames = {
    timesUs: Float64Array.from({ length: count }, (_, place) => place * 40_000),
    packets: Uint32Array.from({ length: count }, (_, place) => place),
    keys: Uint8Array.from({ length: count }, (_, place) => Number(place % 25 === 0)),
  };
  return { media: all, frames };
};
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
    const { sampling } = planFrames({ ...everySecond, ...range }, found({ durationSeconds }), 100);
    expect(sampling).toEqual({ startUs, intervalUs: 1_000_000, frames });
  });

  test.each([
    [7, {}, 1_428_571],
    [1, {}, 10_000_000],
    [4, { start: 2, end: 6 }, 1_000_000],
  ])('count: %i frames are spread evenly over the range', (wanted, range, intervalUs) => {
    const { sampling, frames } = planFrames({ ...count(wanted), ...range }, found(), 100);
    expect(sampling).toMatchObject({ frames: wanted, intervalUs });
    expect(frames).toHaveLength(wanted);
  });

  test('count: a range of a few microseconds has no more frames than those', () => {
    expect(samplingOf(count(50), 0.00001)).toMatchObject({ frames: 10, intervalUs: 1 });
  });

  test('count: the interval of a very long video fits into what ffmpeg counts with', () => {
    const sampling = samplingOf(count(3), 100_000) ?? { startUs: 0, intervalUs: 0, frames: 0 };
    expect(sampling).toMatchObject({ frames: 3, intervalUs: 33_333_333_000 });
    expect(selectSampled(sampling).at(-1)).toMatch(/^fps=fps=1000\/33333333:/);
  });

  test.each([
    ['no_frames', { start: 10 }, 100],
    ['too_many_frames', {}, 9],
  ])('%s', (code, range, maxFrames) => {
    expect(() => planFrames({ ...everySecond, ...range }, found(), maxFrames)).toThrow(
      expect.objectContaining({ code, retryable: false }),
    );
  });

  test.each([
    [{}, 1920, 1080],
    [{ maxWidth: 640 }, 640, 360],
    [{ maxWidth: 640, maxHeight: 100 }, 178, 100],
    [{ maxWidth: 4000, maxHeight: 4000 }, 1920, 1080],
  ])('a picture fits into %j and is never enlarged', (wish, width, height) => {
    expect(planFrames({ ...everySecond, ...wish }, found(), 100)).toMatchObject({ width, height });
  });

  test('a picture is never scaled to nothing', () => {
    const strip = { width: 16_000, height: 2 };
    expect(planFrames({ ...everySecond, maxWidth: 16 }, found(strip), 100)).toMatchObject({
      width: 16,
      height: 1,
    });
  });

  test.each([
    [
      'times come in order, the last frame at or before each',
      { mode: 'times', seconds: [3.05, 0, 0.03, 3.05] },
      {},
      [0, 0, 76, 76],
    ],
    ['all', { mode: 'all' }, { start: 0.9, end: 1.05 }, [23, 24, 25, 26]],
    ['key frames', { mode: 'keyframes' }, { start: 0.1, end: 3.5 }, [25, 50, 75]],
    ['shots by the frame in their middle', { mode: 'scene', threshold: 0.3 }, {}, [49, 112, 187]],
    ['shots of a range', { mode: 'scene', threshold: 0.3 }, { start: 2, end: 4.5 }, [74, 106]],
  ] as const)('%s', (_name, select, range, frames) => {
    const wish = {
      ...range,
      select: 'seconds' in select ? { ...select, seconds: [...select.seconds] } : select,
    };
    expect(planFrames(wish, found(), 1000, [4_000_000, 5_000_000])).toMatchObject({ frames, sampling: null });
  });

  test('what lies behind the end of the video is a warning, and nothing at all is a failure', () => {
    const late = { mode: 'times', seconds: [1, 10, 11] } as const;
    const wish = { select: { ...late, seconds: [...late.seconds] }, end: 12 };
    expect(planFrames(wish, found(), 100).warnings).toEqual([
      '2 of the wanted times could not be reached: the video ends after 10.0 seconds.',
      'The wanted end could not be reached: the video ends after 10.0 seconds.',
    ]);
    expect(() => planFrames({ select: { mode: 'times', seconds: [10] } }, found(), 100)).toThrow(
      expect.objectContaining({ code: 'no_frames' }),
    );
  });

  test('more frames than the limit are refused in every mode', () => {
    for (const mode of ['all', 'keyframes'] as const) {
      expect(() => planFrames({ select: { mode } }, found(), 9)).toThrow(
        expect.objectContaining({ code: 'too_many_frames' }),
      );
    }
  });
});
