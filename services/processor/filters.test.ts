import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { ffmpeg } from '../../test/support/processor.ts';
import { runsOf, selectNumbered, selectSampled } from './filters.ts';
import { readShown } from './shown-frames.ts';

const run = promisify(execFile);

test('an even spread shifts the clock by the start in whole microseconds, which a double would not hit', () => {
  expect(selectSampled({ startUs: 570_000, intervalUs: 400_000, frames: 3 }).join(',')).toBe(
    'setpts=PTS-STARTPTS,settb=1/1000000,showinfo=checksum=0,setpts=PTS-570000,fps=fps=5/2:round=up:start_time=0',
  );
});

const evens = (count: number, first = 0) => Array.from({ length: count }, (_, k) => first + 2 * k);

test('runs are as long as the numbers follow each other', () => {
  expect(runsOf([])).toEqual([]);
  expect(runsOf([0, 1, 2, 5, 9, 10, 40])).toEqual([
    [0, 2],
    [5, 5],
    [9, 10],
    [40, 40],
  ]);
});

test.each([
  ['one', [0]],
  ['runs and singles', [0, 1, 2, 5, 9, 10, 11, 12, 40]],
  ['hundreds', evens(300)],
])('frames by their numbers: %s', async (_name, numbers) => {
  const filters = selectNumbered(runsOf(numbers)).join(',');
  const source = ['-f', 'lavfi', '-i', 'color=size=16x16:rate=25:duration=26', '-vf', filters];
  const { stderr } = await run(ffmpeg.path, ['-hide_banner', '-nostats', ...source, '-f', 'null', '-']);
  const shown = stderr.split('\n').flatMap((line) => readShown(line) ?? []);
  expect(shown.map(({ pts }) => pts / 40_000)).toEqual(numbers);
});

test('five thousand numbers fit into one argument of Linux, 128 KiB', () => {
  const [filter] = selectNumbered(runsOf(evens(5000, 10_000_000))).filter((one) => one.startsWith('select'));
  expect(filter?.length).toBeLessThan(128 * 1024 - 1000);
});
