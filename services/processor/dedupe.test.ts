import { expect, test } from '@jest/globals';
import { createDeduper } from './dedupe.ts';

const size = { width: 160, height: 90 };
type Paint = (x: number, y: number) => number;
const picture = (paint: Paint) => {
  const pixels = Array.from({ length: size.width * size.height }, (_, pixel) => {
    const value = Math.round(paint(pixel % size.width, Math.floor(pixel / size.width)));
    return Math.max(0, Math.min(255, value));
  });
  return Buffer.from(pixels.flatMap((value) => [value, value, value]));
};
const waves: Paint = (x, y) => 128 + 90 * Math.sin(x / 9) * Math.cos(y / 7);
const noisy =
  (paint: Paint): Paint =>
  (x, y) =>
    paint(x, y) + ((x * 7919 + y * 104_729) % 7) - 3;

test.each([
  ['the same picture', waves, waves, true],
  ['noise', waves, noisy(waves), true],
  ['noise in an even picture', () => 40, noisy(() => 40), true],
  ['another picture', waves, (x: number, y: number) => waves(y, x), false],
  ['a movement', waves, (x: number, y: number) => waves(x + 12, y), false],
  ['a fade', waves, (x: number, y: number) => waves(x, y) * 0.8, false],
  ['a line of text', () => 250, (_x: number, y: number) => (y > 40 && y < 46 ? 60 : 250), false],
] as const)('%s', (_name, first, second, repeats) => {
  const deduper = createDeduper(size);
  expect(deduper.repeats(picture(first))).toBe(false);
  expect(deduper.repeats(picture(second))).toBe(repeats);
});

test('a slow change is compared with the last picture that was kept', () => {
  const deduper = createDeduper(size);
  const kept = Array.from({ length: 40 }, (_, step) => !deduper.repeats(picture(() => 100 + step / 2)));
  expect(kept.filter(Boolean).length).toBeGreaterThan(2);
  expect(kept.filter(Boolean).length).toBeLessThan(10);
});

/** Each pixel is a cell of its own, so that the bounds can be met exactly. */
const cells = { width: 17, height: 16 };
const even = (red: number, green = red, blue = red) =>
  Buffer.from(Array.from({ length: 17 * 16 }, () => [red, green, blue]).flat());
/** An even picture where some cells, by their columns and rows, are brighter. */
const spotted = (by: number, ...spots: [x: number, y: number][]) => {
  const picture = even(100);
  for (const [x, y] of spots) picture.fill(100 + by, (y * 17 + x) * 3, (y * 17 + x) * 3 + 3);
  return picture;
};
const striped = (by: number, odd: number) =>
  Buffer.from(
    Array.from({ length: 17 * 16 * 3 }, (_, n) => 100 + by * Number(Math.floor(n / 3) % 2 === odd)),
  );

test.each<[string, Buffer, Buffer, boolean]>([
  // Each spot differs from its neighbours on both sides, one at the edge from the only one.
  ['six differences', even(100), spotted(3, [3, 0], [8, 7], [12, 15]), true],
  ['seven', even(100), spotted(3, [3, 0], [8, 7], [12, 15], [16, 2]), false],
  ['seven, one at the left edge', even(100), spotted(3, [3, 0], [8, 7], [12, 15], [0, 2]), false],
  ['stripes that are too weak', striped(2, 0), striped(2, 1), true],
  ['stripes that change their places', striped(3, 0), striped(3, 1), false],
  ['a little brighter', even(100), even(102), true],
  ['brighter', even(100), even(104), false],
  ['darker', even(100), even(96), false],
  ['a little more red', even(100), even(110, 100, 100), true],
  ['more red', even(100), even(111, 100, 100), false],
  ['a little more green', even(100), even(100, 105, 100), true],
  ['more green', even(100), even(100, 106, 100), false],
  ['a little more blue', even(100), even(100, 100, 126), true],
  ['more blue', even(100), even(100, 100, 127), false],
])('the bounds: %s', (_name, first, second, repeats) => {
  const deduper = createDeduper(cells);
  expect(deduper.repeats(first)).toBe(false);
  expect(deduper.repeats(second)).toBe(repeats);
});
