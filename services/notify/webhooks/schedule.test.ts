import { describe, expect, test } from '@jest/globals';
import { deliveryPause, isHopeless, readRetryAfter, restAfter } from './schedule.ts';

const HOUR = 3_600_000;
const now = new Date('2026-01-01T12:00:00.000Z');

describe('the pause after a failed attempt', () => {
  test('is the schedule’s, a tenth more or less', () => {
    expect([0, 0.5, 1].map((random) => deliveryPause(1, null, random))).toEqual([9000, 10_000, 11_000]);
    expect(deliveryPause(5, null, 0.5)).toBe(HOUR);
    expect(deliveryPause(10, null)).toBeNull();
  });

  test('is longer when the endpoint asks for it, up to an hour; never shorter, and no more attempts', () => {
    expect(deliveryPause(1, 120_000, 0.5)).toBe(120_000);
    expect(deliveryPause(1, 1, 0.5)).toBe(10_000);
    expect(deliveryPause(1, 9 * HOUR, 0.5)).toBe(HOUR);
    expect(deliveryPause(6, 60_000, 0.5)).toBe(2 * HOUR);
    expect(deliveryPause(10, 60_000)).toBeNull();
  });
});

test('an endpoint rests longer with each failure, for a minute at most unless it asks', () => {
  expect([1, 2, 3, 7, 1000].map((failures) => restAfter(failures, null))).toEqual([
    1000, 2000, 4000, 60_000, 60_000,
  ]);
  expect(restAfter(1, 90_000)).toBe(90_000);
  expect(restAfter(1, 50 * HOUR)).toBe(HOUR);
});

test('an endpoint is hopeless after 72 hours and ten failures, not after one of them', () => {
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * HOUR);
  expect(isHopeless(10, hoursAgo(72), now)).toBe(true);
  expect(isHopeless(9, hoursAgo(200), now)).toBe(false);
  expect(isHopeless(500, hoursAgo(71.9), now)).toBe(false);
});

test.each([
  [undefined, null],
  ['120', 120_000],
  ['0', 0],
  ['Thu, 01 Jan 2026 12:01:00 GMT', 60_000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
])('Retry-After: %s', (header, ms) => {
  expect(readRetryAfter(header, now)).toBe(ms);
});
