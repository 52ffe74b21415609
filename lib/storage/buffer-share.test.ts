import { expect, test } from '@jest/globals';
import { shareBuffers } from './buffer-share.ts';

const MiB = 1024 ** 2;

test('the more share, the less each gets, within bounds', () => {
  const next = shareBuffers(4 * MiB);
  const shares = Array.from({ length: 100 }, () => next());
  const bytes = shares.map((share) => share.bytes);
  expect(bytes.slice(0, 5)).toEqual([MiB, MiB, MiB, MiB, Math.floor((4 * MiB) / 5)]);
  expect(bytes.at(-1)).toBe(64 * 1024);
  expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
});

test('what is given back is there for the next, once', () => {
  const next = shareBuffers(MiB);
  const first = next();
  const second = next();
  expect(second.bytes).toBe(MiB / 2);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(next().bytes).toBe(MiB / 2);
  second[Symbol.dispose]();
  expect(next().bytes).toBe(MiB / 2);
});
