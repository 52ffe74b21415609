import { describe, expect, test } from '@jest/globals';
import { judgeConditions, wantedRange } from './conditions.ts';

const validators = { etag: '"abc"', lastModified: new Date('2026-01-01T00:00:00.500Z') };
const then = 'Thu, 01 Jan 2026 00:00:00 GMT';
const earlier = 'Wed, 31 Dec 2025 23:59:59 GMT';

describe('conditions', () => {
  test.each([
    [{}, 'send'],
    [{ 'if-match': '"x", "abc"' }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': 'W/"abc"' }, 'failed'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'failed'],
    [{ 'if-unmodified-since': then }, 'send'],
    [{ 'if-unmodified-since': earlier }, 'failed'],
    [{ 'if-unmodified-since': earlier, 'if-match': '"abc"' }, 'send'],
    [{ 'if-none-match': 'W/"abc"' }, 'unchanged'],
    [{ 'if-none-match': '*' }, 'unchanged'],
    [{ 'if-none-match': '"x"', 'if-modified-since': then }, 'send'],
    [{ 'if-modified-since': then }, 'unchanged'],
    [{ 'if-modified-since': earlier }, 'send'],
    [{ 'if-modified-since': 'yesterday' }, 'send'],
  ] as const)('%j: %s', (headers, verdict) => {
    expect(judgeConditions(headers, validators)).toBe(verdict);
  });
});

describe('a Range of 100 bytes', () => {
  test.each([
    ['bytes=0-9', { start: 0, end: 9 }],
    ['BYTES=90-', { start: 90, end: 99 }],
    ['bytes=90-1000', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=100-', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=0-1,5-6', undefined],
    ['bytes=-', undefined],
    ['lines=0-1', undefined],
    [undefined, undefined],
  ])('%s', (range, wanted) => {
    expect(wantedRange({ range }, validators, 100)).toEqual(wanted);
  });

  test.each([
    ['"abc"', true],
    ['W/"abc"', false],
    ['"x"', false],
    [then, true],
    [earlier, false],
    ['nonsense', false],
  ])('counts with If-Range %s: %s', (ifRange, counts) => {
    const wanted = wantedRange({ range: 'bytes=0-9', 'if-range': ifRange }, validators, 100);
    expect(wanted).toEqual(counts ? { start: 0, end: 9 } : undefined);
  });
});
