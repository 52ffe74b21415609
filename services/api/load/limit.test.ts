import { expect, test } from '@jest/globals';
import { Limit } from './limit.ts';

const FEASIBLE = 70;
const looks = (limit: Limit, ...slow: boolean[]) => slow.forEach((isSlow) => limit.look(isSlow, FEASIBLE));

test('admits as many as its limit, and one more for each that leaves', () => {
  const limit = new Limit(3);
  limit.waiting = 3;
  expect(limit.admits).toBe(false);
  limit.waiting = 2;
  expect(limit.admits).toBe(true);
});

test('one slow look changes nothing', () => {
  const limit = new Limit(100);
  limit.waiting = 90;
  looks(limit, true, false, true, false);
  expect(limit.current).toBe(100);
});

test('lets no more wait than can be done while it is slow, but not less than its floor', () => {
  const limit = new Limit(1000, 20);
  limit.waiting = 100;
  looks(limit, true, true);
  expect(limit.current).toBe(FEASIBLE);
  limit.look(true, 0);
  expect(limit.current).toBe(20);
});

test('slowness that does not come from what waits refuses nobody', () => {
  const limit = new Limit(1000, 20);
  limit.waiting = 5;
  looks(limit, ...Array<boolean>(50).fill(true));
  expect(limit.admits).toBe(true);
});

test('grows back to its maximum', () => {
  const limit = new Limit(100, 20);
  for (let look = 0; look < 3; look++) limit.look(true, 0);
  expect(limit.current).toBe(20);
  looks(limit, ...Array<boolean>(20).fill(false));
  expect(limit.current).toBe(100);
});

test('a maximum below the floor counts', () => {
  expect(new Limit(2, 20).current).toBe(2);
});
