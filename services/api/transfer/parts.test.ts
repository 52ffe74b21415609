import { describe, expect, test } from '@jest/globals';
import { ProblemError } from '../../../lib/errors.ts';
import { checkParts, splitIntoParts } from './parts.ts';

const MiB = 1024 ** 2;
const TiB = MiB ** 2;

describe('a file goes into parts', () => {
  test.each([
    [1, 1, 1],
    [16 * MiB, 1, 16 * MiB],
    [16 * MiB + 1, 2, 1],
    [160_000 * MiB, 10_000, 16 * MiB],
    [160_000 * MiB + 1, 9412, 13 * MiB + 1],
    [5 * TiB, undefined, undefined],
    [TiB, undefined, undefined],
  ])('of %d bytes', (size, count, last) => {
    const { partSize, sizes } = splitIntoParts(size);
    expect(sizes.length).toBeLessThanOrEqual(10_000);
    expect(sizes.reduce((sum, part) => sum + part, 0)).toBe(size);
    expect(sizes.slice(0, -1).every((part) => part === partSize)).toBe(true);
    expect(partSize).toBeGreaterThanOrEqual(16 * MiB);
    expect(partSize).toBeLessThanOrEqual(5 * 1024 * MiB);
    if (count !== undefined) expect([sizes.length, sizes.at(-1)]).toEqual([count, last]);
  });
});

describe('parts are told what is wrong with them', () => {
  const sizes = [10, 10, 5];
  const arrived = sizes.map((size, index) => ({ number: index + 1, etag: `e${index + 1}`, size }));
  const named = arrived.map(({ number, etag }) => ({ number, etag }));
  const complaints = (some = named, there = arrived) => {
    try {
      checkParts(some, there, sizes);
      return [];
    } catch (error) {
      return (error as ProblemError).data.errors?.map(({ message }) => message);
    }
  };

  test('nothing, in any order, with quotes or without', () => {
    expect(complaints(named.toReversed().map(({ number, etag }) => ({ number, etag: `"${etag}"` })))).toEqual(
      [],
    );
  });

  test('a part that is missing, short, not named, or another', () => {
    expect(complaints(named, arrived.slice(0, 2))).toEqual(['Part 3 has not arrived']);
    const short = arrived.map((part) => (part.number === 2 ? { ...part, size: 9 } : part));
    expect(complaints(named, short)).toEqual(['Part 2 has 9 bytes; it should have 10']);
    expect(complaints(named.slice(1))).toEqual(['Part 1 is not named']);
    const other = named.map((part) => (part.number === 1 ? { ...part, etag: 'x' } : part));
    expect(complaints(other)).toEqual(['Part 1 has another ETag']);
  });

  test('a part too many, or named twice', () => {
    expect(complaints([...named, { number: 4, etag: 'x' }])).toEqual([
      'There is no part 4; the last one is 3',
    ]);
    expect(complaints([...named, ...named.slice(0, 1)])).toEqual(['A part is named twice']);
  });

  test('of thousands, the first few', () => {
    const many = Array.from({ length: 5000 }, () => 1);
    expect(() => checkParts([], [], many)).toThrow('Part 1 has not arrived');
    try {
      checkParts([], [], many);
    } catch (error) {
      expect((error as ProblemError).data.errors).toHaveLength(20);
    }
  });
});
