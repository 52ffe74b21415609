import { expect, test } from '@jest/globals';
import { estimate } from './estimate.ts';

const glimpse = { durationSeconds: 10, width: 1920, height: 1080 };
const interval = { mode: 'interval', seconds: 0.1 } as const;

test('an estimate counts what a recipe itself says', () => {
  expect(estimate({ select: interval, format: 'jpg' }, glimpse)).toMatchObject({
    frames: 100,
    sureness: 'exact',
  });
  expect(estimate({ select: interval, format: 'jpg', start: 9.75, end: 60 }, glimpse).frames).toBe(3);
  expect(estimate({ select: interval, format: 'jpg', start: 12 }, glimpse)).toMatchObject({
    frames: 0,
    bytes: 0,
  });
  const times = { mode: 'times', seconds: [0, 9.99, 10, 11] } as const;
  expect(estimate({ select: { ...times, seconds: [...times.seconds] }, format: 'jpg' }, glimpse).frames).toBe(
    2,
  );
  expect(estimate({ select: { mode: 'count', count: 7 }, format: 'jpg' }, glimpse)).toMatchObject({
    frames: 7,
    sureness: 'most',
  });
  expect(estimate({ select: interval, format: 'jpg', dedupe: true }, glimpse).sureness).toBe('most');
  expect(estimate({ select: { mode: 'all' }, format: 'jpg' }, glimpse)).toMatchObject({
    frames: 300,
    sureness: 'about',
  });
});

test('smaller and coarser frames take less room', () => {
  const bytesOf = (more: object) => estimate({ select: interval, format: 'jpg', ...more }, glimpse).bytes;
  expect(bytesOf({ maxWidth: 960 })).toBe(bytesOf({}) / 4);
  expect(bytesOf({ maxWidth: 4000 })).toBe(bytesOf({}));
  expect(bytesOf({ quality: 40 })).toBeLessThan(bytesOf({}));
  expect(bytesOf({ format: 'png' })).toBeGreaterThan(bytesOf({ quality: 95 }));
});
