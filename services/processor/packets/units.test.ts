import { expect, test } from '@jest/globals';
import { cutUnits, dealUnits } from './units.ts';

/** Twelve packets: key frames at 0, 4 and 8; decode order is presentation order but for 9, shown before 8. */
const timesUs = Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11]);
const keys = Uint8Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
const everyKey = () => Promise.resolve(true);

test.each([
  ['one frame needs its group up to itself', [2], [[0, 2]]],
  ['a key frame needs itself', [4], [[4, 4]]],
  ['frames of one group go together', [5, 7], [[4, 7]]],
  [
    'groups without wanted frames are left out',
    [1, 6],
    [
      [0, 1],
      [4, 6],
    ],
  ],
  ['a key frame with a frame behind it that is shown before is no start', [8, 11], [[4, 11]]],
])('%s', async (_name, wanted, ranges) => {
  const units = await cutUnits({ timesUs, keys }, wanted, everyKey);
  expect(units.map(({ from, to }) => [from, to])).toEqual(ranges);
  expect(units.flatMap((unit) => unit.wanted)).toEqual(wanted);
});

test('a key frame that the codec does not let decoding start at is no start', async () => {
  const units = await cutUnits({ timesUs, keys }, [1, 5], (packet) => Promise.resolve(packet !== 4));
  expect(units).toEqual([{ from: 0, to: 5, wanted: [1, 5] }]);
});

test('every unit goes to the decoder with the least to do', () => {
  const unit = (from: number, to: number) => ({ from, to, wanted: [to] });
  const units = [unit(0, 9), unit(10, 12), unit(20, 22), unit(30, 36), unit(40, 40)];
  expect(dealUnits(units, 2).map((hand) => hand.map(({ from }) => from))).toEqual(
    [
      [0, 40],
      [10, 20, 30],
    ].map((hand) => hand.toSorted((a, b) => a - b)),
  );
});
