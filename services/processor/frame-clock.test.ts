import { expect, test } from '@jest/globals';
import { createFrameClock, type FrameClock } from './frame-clock.ts';

const sampling = (startUs: number, intervalUs: number, frames: number) => ({ startUs, intervalUs, frames });
/** The time of each chosen frame, in seconds, when the decoder has ended. */
async function timesOf(clock: FrameClock, count: number) {
  clock.close();
  const times: (number | undefined)[] = [];
  for (let k = 0; k < count; k += 1) times.push((await clock.next())?.pts);
  return times.map((us) => (us ?? NaN) / 1e6);
}
const shown = (n: number, pts: number | string) =>
  `[Parsed_showinfo_2 @ 0x55d596c340] n: ${String(n).padStart(3)} pts:${String(pts).padStart(7)} pts_time:0 pos: 1`;

test('a chosen frame has the time of the last decoded frame at or before the wanted time', async () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 4));
  [0, 400_000, 1_000_000, 1_900_000, 3_500_000].forEach((pts, n) => clock.read(shown(n, pts)));
  expect(await timesOf(clock, 4)).toEqual([0, 1, 1.9, 1.9]);
});

test('frames behind the last decoded one show that one', async () => {
  const clock = createFrameClock(sampling(500_000, 1_000_000, 3));
  clock.read(shown(0, 0));
  clock.read(shown(1, 700_000));
  expect(await timesOf(clock, 3)).toEqual([0, 0.7, 0.7]);
});

test('a start behind several frames takes the last of them', async () => {
  const clock = createFrameClock(sampling(2_000_000, 500_000, 2));
  [0, 1_000_000, 1_999_999, 2_000_001, 2_600_000].forEach((pts, n) => clock.read(shown(n, pts)));
  expect(await timesOf(clock, 2)).toEqual([1.999999, 2.000001]);
});

test('progress goes from 0 to 1 over the wanted range and never back', () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 5));
  const seen = [0, 2_000_000, 1_000_000, 9_000_000].map((pts, n) => {
    clock.read(shown(n, pts));
    return clock.progress();
  });
  expect(seen).toEqual([0, 0.5, 0.5, 1]);
  expect(clock.reachedLastWanted()).toBe(true);
});

test('a lone frame is all the work there is, and the last one that is wanted', () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 1));
  expect([clock.progress(), clock.reachedLastWanted()]).toEqual([0, true]);
  clock.read(shown(0, 0));
  clock.close();
  expect(clock.progress()).toBe(1);
});

test('a frame at the very time of the last wanted one is enough', () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 3));
  clock.read(shown(0, 1_999_999));
  expect(clock.reachedLastWanted()).toBe(false);
  clock.read(shown(1, 2_000_000));
  expect(clock.reachedLastWanted()).toBe(true);
});

test('everything else on standard error is ignored, also a file that quotes such a line', () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 2));
  for (const line of [
    `    title : ${shown(0, 5)}`,
    shown(0, 'NOPTS'),
    '[Parsed_showinfo_2 @ 0x5] color_range:tv',
  ]) {
    clock.read(line);
  }
  expect(clock.decodedSeconds()).toBeNull();
  expect(clock.progress()).toBe(0);
});

test('a frame is known as soon as the one after it is', async () => {
  const clock = createFrameClock(sampling(0, 1_000_000, 2));
  const first = clock.next();
  clock.read(shown(0, 0));
  clock.read(shown(1, 400_000));
  expect(await first).toMatchObject({ n: 0, pts: 0 });
});
