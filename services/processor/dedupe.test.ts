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
