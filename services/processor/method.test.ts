import { describe, expect, test } from '@jest/globals';
import { choosePackets, seeTheSame, wantsMost, whyNotPackets } from './method.ts';

const count = 1000;
const listed = {
  timesUs: Float64Array.from({ length: count }, (_, packet) => packet * 40_000),
  sizes: Uint32Array.from({ length: count }, (_, packet) => 100 + packet),
  keys: new Uint8Array(count),
  shown: new Uint8Array(count).fill(1),
};
const media = { durationSeconds: 40, width: 64, height: 48, codec: 'h264', frameRate: 25 };

test.each([
  ['a long H.264 video', {}, undefined],
  ['AV1', { codec: 'av1' }, undefined],
  ['a codec whose packets are not read', { codec: 'mpeg2video' }, 'packets of mpeg2video are not read'],
  ['a damaged file', { damaged: true }, 'the file is damaged'],
  ['a short video', { packets: 199 }, 'a short video'],
  ['just long enough', { packets: 200 }, undefined],
])('whether packets are worth reading: %s', (_name, changes, reason) => {
  const { codec = 'h264', damaged = false, packets = count } = changes as Record<string, never>;
  const some = { ...listed, timesUs: listed.timesUs.slice(0, packets) };
  expect(whyNotPackets({ damaged, media: { ...media, codec }, packets: some })).toBe(reason);
});

const units = (...lengths: number[]) => lengths.map((length) => ({ from: 0, to: length - 1, wanted: [0] }));

test.each([
  ['little to decode', units(1, 1, 1), 2, 1],
  ['many images, each of one packet', units(...Array<number>(60).fill(1)), 2, 2],
  ['enough for two', units(60, 60), 2, 2],
  ['one run cannot be shared', units(900), 2, 1],
  ['no more decoders than cores', units(200, 200, 200, 200), 2, 2],
  ['no more decoders than work', units(40, 40, 40, 40), 8, 2],
])('how many decoders: %s', (_name, some, threads, decoders) => {
  expect(choosePackets(some, count, threads)).toMatchObject({ name: 'packets', decoders });
});

test.each([
  ['all frames', 1000, true],
  ['most frames', 751, true],
  ['three of four', 750, false],
  ['few', 10, false],
])('whether the whole file is cheaper: %s', (_name, wanted, most) => {
  const unit = { from: 0, to: count - 1, wanted: Array.from({ length: wanted }, (_, place) => place) };
  expect(wantsMost([unit], count)).toBe(most);
  expect(choosePackets([unit], count, 1).name).toBe(most ? 'decode' : 'packets');
});

test('the log is told how much of the file is decoded', () => {
  const some = [
    { from: 10, to: 19, wanted: [19] },
    { from: 100, to: 149, wanted: [149] },
  ];
  expect(choosePackets(some, count, 2).reason).toBe('60 of 1000 packets, in 2 runs');
});

describe('two readers see the same packets', () => {
  const facts = { codec: 'avc', rotation: 0, flip: false, ...listed };
  test.each([
    ['yes', {}, true],
    ['from another origin', { timesUs: listed.timesUs.map((us) => us + 80_000) }, true],
    ['rounded otherwise', { timesUs: listed.timesUs.map((us, packet) => us + (packet % 2)) }, true],
    [
      'by all that rounding can do',
      { timesUs: listed.timesUs.map((us, packet) => us + 2 * Math.sign(packet)) },
      true,
    ],
    ['by more', { timesUs: listed.timesUs.map((us, packet) => us + 3 * Math.sign(packet)) }, false],
    [
      'by more, the other way',
      { timesUs: listed.timesUs.map((us, packet) => us - 3 * Math.sign(packet)) },
      false,
    ],
    ['another codec', { codec: 'hevc' }, false],
    ['fewer packets', { timesUs: listed.timesUs.slice(1) }, false],
    ['another size', { sizes: listed.sizes.map((size, packet) => size + Number(packet === 7)) }, false],
    ['another time', { timesUs: listed.timesUs.map((us, packet) => us + 40 * Number(packet === 7)) }, false],
  ])('%s', (_name, changes, same) => {
    expect(seeTheSame(listed, 'h264', { ...facts, ...changes })).toBe(same);
    const later = { ...listed, timesUs: listed.timesUs.map((us) => us + 7000) };
    expect(seeTheSame(later, 'h264', { ...facts, ...changes })).toBe(same);
  });
});
