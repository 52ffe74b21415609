import { describe, expect, test } from '@jest/globals';
import { pauseAfter } from './retry.ts';

describe('pauseAfter', () => {
  const pauses = Array.from({ length: 20 }, (_, index) => pauseAfter(index + 1));
  const waited = pauses.filter((pause) => pause !== null);

  test('the first pauses are short, so that a hiccup delays a mail by seconds', () => {
    expect(pauses.slice(0, 5)).toEqual([10_000, 30_000, 120_000, 600_000, 3_600_000]);
  });

  test('no pause is shorter than the one before', () => {
    expect(waited).toEqual(waited.toSorted((a, b) => a - b));
  });

  test('after about a day there is no further attempt, ever', () => {
    const hours = waited.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThan(26);
    expect(pauses.slice(waited.length).every((pause) => pause === null)).toBe(true);
  });
});
