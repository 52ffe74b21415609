import { expect, test } from '@jest/globals';
import { askedPause, pauseBeforeRetry } from './repeat.ts';

const overloaded = { code: 'overloaded', status: 503, retryAfter: 2 };
const unavailable = { code: 'unavailable', status: 503, retryAfter: 2 };
const tooMany = { code: 'too_many_requests', status: 429, retryAfter: 5 };

test('waits for what is asked, and up to half of it more', () => {
  expect(askedPause(2, 0)).toBe(2000);
  expect(askedPause(2, 1)).toBe(3000);
});

test('asks nobody to wait for long', () => {
  expect(askedPause(11, 0)).toBeNull();
  expect(askedPause(undefined, 0)).toBeNull();
});

test.each([
  ['an overloaded server', overloaded, true, 1, 2000],
  ['an overloaded server, which has begun nothing', overloaded, false, 1, 2000],
  ['an overloaded server, the last time', overloaded, true, 5, null],
  ['a service that is away', unavailable, true, 1, 2000],
  ['a service that is away, and may have done it', unavailable, false, 1, null],
  ['too many attempts', tooMany, true, 1, 5000],
  ['too many guesses', { ...tooMany, retryAfter: 900 }, true, 1, null],
  ['a server that names no time', { ...unavailable, retryAfter: undefined }, true, 1, null],
  ['another problem', { code: 'not_found', status: 404, retryAfter: undefined }, true, 1, null],
])('%s', (_, refusal, repeatable, sent, pause) => {
  expect(pauseBeforeRetry(refusal, repeatable, sent, 0)).toBe(pause);
});
