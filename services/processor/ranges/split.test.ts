import { expect, test } from '@jest/globals';
import type { Unit } from '../packets/units.ts';
import { splitUnits } from './split.ts';

/** Units of one wanted frame each; a unit of 8 packets is the work of 10 megapixels in frames of one megapixel. */
const units = (...packets: number[]): Unit[] =>
  packets.map((count, place) => {
    const from = place * 1000;
    return { from, to: from + count - 1, wanted: [from + count - 1] };
  });
const eights = (count: number) => units(...Array.from({ length: count }, () => 8));
const MEGAPIXEL = 1e6;
const counts = (...of: Parameters<typeof splitUnits>) => splitUnits(...of).map(({ count }) => count);

test.each([
  ['ranges grow smaller, down to the half', eights(24), MEGAPIXEL, 40, [4, 4, 4, 3, 3, 2, 2, 2]],
  ['larger pictures are more work', eights(12), 3 * MEGAPIXEL, 60, [2, 2, 2, 2, 1, 1, 1, 1]],
  [
    'a small rest goes with the range before it',
    [...eights(16), ...units(2)],
    MEGAPIXEL,
    40,
    [4, 4, 3, 2, 2, 2],
  ],
  ['a unit is never cut', units(8, 8, 98, 8, 8, 8, 98, 98), MEGAPIXEL, 30, [3, 3, 1, 1]],
  ['a small work is not split', eights(11), MEGAPIXEL, 30, []],
  ['one unit is not split', units(100_000), MEGAPIXEL, 30, []],
  ['nothing is nothing', [], MEGAPIXEL, 30, []],
])('%s', (_name, of, pixels, rangeMegapixels, expected) => {
  expect(counts(of, pixels, rangeMegapixels)).toEqual(expected);
});

test('an endless work has no more ranges than can be told in one message', () => {
  const ranges = splitUnits(eights(5000), MEGAPIXEL, 10);
  expect(ranges.length).toBeGreaterThan(400);
  expect(ranges.length).toBeLessThanOrEqual(510);
});

test('every frame is in exactly one range, in order', () => {
  const ranges = splitUnits(units(...Array.from({ length: 97 }, (_, n) => (n * 7) % 31)), MEGAPIXEL, 50);
  const places = ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, n) => first + n));
  expect(places).toEqual([...Array(97).keys()]);
});
