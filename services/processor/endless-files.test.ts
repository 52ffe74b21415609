import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attackWith } from '../../test/support/attack-job.ts';
import { footage } from '../../test/support/footage.ts';
import { box, replaceBox } from '../../test/support/hostile-media.ts';
import { createBench, type Bench } from '../../test/support/processor.ts';

// Files that play for ever, or say so: a player may, an extraction must not.

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const birds = footage('birds.mp4');
const make = async (...args: string[]) => readFile(await bench.make('-i', birds, '-t', '1', '-an', ...args));
/** The frame that lasts longest lasts a tenth of a second. */
const ABOUT_ONE: unknown = expect.closeTo(1, 0);
const all = { select: { mode: 'all' }, maxWidth: 64 };

test('a GIF that begins again for ever is read once', async () => {
  const bytes = await make('-vf', 'scale=96:-2,fps=10', '-loop', '0', 'loop.gif');
  expect(bytes.includes('NETSCAPE2.0')).toBe(true);
  expect(await attackWith(bench, bytes, all)).toMatchObject({ completed: { frameCount: 10 } });
});

test('a PNG that begins again for ever is no video', async () => {
  const bytes = await make('-vf', 'scale=96:-2,fps=10', '-plays', '0', '-f', 'apng', 'loop.png');
  expect(await attackWith(bench, bytes)).toMatchObject({ code: 'not_a_video' });
});

/** Nothing in it says how long it or a part of it is. */
const live = () => make('-vf', 'scale=96:-2,fps=10', '-live', '1', 'live.mkv');

test('Matroska of a live stream, without any length, ends with its bytes', async () => {
  const bytes = await live();
  expect(bytes.includes(Buffer.from([0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255]))).toBe(
    true,
  );
  expect(await attackWith(bench, bytes)).toMatchObject({
    completed: { media: { durationSeconds: ABOUT_ONE } },
  });
});

test('what a live stream sends without an end is read to the limit of frames', async () => {
  const whole = await live();
  const cluster = whole.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
  const clusters = Array.from({ length: 200 }, () => whole.subarray(cluster));
  const endless = Buffer.concat([whole, ...clusters]);
  expect(await attackWith(bench, endless, all)).toMatchObject({ code: 'too_many_frames' });
});

test('Matroska that says it lasts thirty thousand years lasts as long as its frames', async () => {
  const bytes = await make('-c', 'copy', 'long.mkv');
  const duration = bytes.indexOf(Buffer.from([0x44, 0x89, 0x88]));
  bytes.writeDoubleBE(1e15, duration + 3);
  expect(await attackWith(bench, bytes)).toMatchObject({
    completed: { media: { durationSeconds: ABOUT_ONE } },
  });
});

test('a transport stream whose clock begins again a hundred times', async () => {
  const once = await make('-vf', 'scale=96:-2,fps=10', 'once.ts');
  const again = Buffer.concat(Array.from({ length: 100 }, () => once));
  const { code, completed } = await attackWith(bench, again);
  expect(code ?? completed?.frameCount).toBeDefined();
});

test('a clock that goes back between two frames is a fault of the file', async () => {
  const whole = await make('-vf', 'scale=96:-2', 'back.flv');
  // Behind the header of an FLV file and the length of the tag before the first.
  const again = Buffer.concat([whole, whole.subarray(13)]);
  const wish = { select: { mode: 'scene', threshold: 0 }, maxWidth: 16 };
  expect(await attackWith(bench, again, wish)).toMatchObject({ code: 'corrupt_video' });
});

test('an edit list that plays the same second four thousand times', async () => {
  const bytes = await readFile(birds);
  const timescale = bytes.readUInt32BE(bytes.indexOf('mvhd', 0, 'latin1') + 16);
  const edits = Buffer.alloc(8 + 4000 * 12);
  edits.writeUInt32BE(4000, 4);
  for (let at = 8; at < edits.length; at += 12) {
    edits.writeUInt32BE(timescale, at);
    edits.writeUInt32BE(0x0001_0000, at + 8);
  }
  const looping = replaceBox(bytes, ['moov', 'trak', 'edts'], box('elst', edits));
  expect(await attackWith(bench, looping)).toMatchObject({ code: 'too_long' });
});
