import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recipeSchema } from '../../lib/recipe.ts';
import { anyRecipe } from '../../test/support/any-recipe.ts';
import { expectedFrames, extract, truthOf } from '../../test/support/engine.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, decodeImages, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

/** What all clips are encoded from: decoding the footage in its full size takes longer than encoding most of them. */
let small: Promise<string> | undefined;
function smallFootage(): Promise<string> {
  const input = ['-stream_loop', '1', '-i', footage('cockatoo.mp4'), '-an', '-vf', 'scale=320:180'];
  const lossless = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0'];
  return (small ??= bench.make(...input, ...lossless, 'small.mp4'));
}

const encoded = async (name: string, ...args: string[]) =>
  bench.make('-i', await smallFootage(), ...args, name);
const looped = (clip: string, times: number, name: string) =>
  bench.make('-stream_loop', String(times), '-i', footage(clip), '-an', '-c', 'copy', name);

/** What the engine may meet, each long enough to be read by packets where its packets can be read. */
const clips: Record<string, () => Promise<string>> = {
  'B-frames': () => encoded('b.mp4', '-c:v', 'libx264', '-g', '48', '-bf', '3'),
  'open groups': () => encoded('open.mp4', '-c:v', 'libx264', '-g', '30', '-x264-params', 'open-gop=1'),
  'recovery points instead of IDR': () => looped('cockatoo.mp4', 1, 'recovery.mp4'),
  'a variable frame rate': () => looped('phone-portrait.mp4', 5, 'phone.mp4'),
  HEVC: () => encoded('hevc.mp4', '-c:v', 'libx265', '-x265-params', 'keyint=40:log-level=none'),
  VP9: () => encoded('vp9.webm', '-c:v', 'libvpx-vp9', '-g', '60', '-deadline', 'realtime', '-cpu-used', '8'),
  AV1: () => encoded('av1.mkv', '-vf', 'scale=160:90', '-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '60'),
  '10 bits': () => encoded('ten.mkv', '-pix_fmt', 'yuv420p10le', '-c:v', 'libx264', '-g', '48'),
  'odd sizes': () => encoded('odd.mp4', '-vf', 'scale=321:181,format=yuv444p', '-c:v', 'libx264', '-g', '48'),
  'an edit list': async () => {
    const whole = await encoded('whole.mp4', '-c:v', 'libx264', '-g', '100');
    return bench.make('-ss', '5.3', '-i', whole, '-c', 'copy', 'edited.mp4');
  },
  'a transport stream': () => encoded('b.ts', '-c:v', 'libx264', '-g', '48'),
  'MPEG-2 that starts late': () => Promise.resolve(footage('hello-mpeg2.mpeg')),
};

const made = new Map<string, Promise<string>>();
function clip(name: string): Promise<string> {
  const path = made.get(name) ?? clips[name]?.() ?? Promise.reject(new Error(`There is no clip ${name}`));
  made.set(name, path);
  return path;
}

/** Every picture must be, pixel by pixel, the one of a full decode that the contract names, at its time. */
async function expectExactFrames(path: string, wish: object, whole: boolean) {
  const recipe = recipeSchema.parse({ ...wish, format: 'png' });
  const expected = expectedFrames(await truthOf(path), recipe);
  if (expected.length === 0) return undefined;
  const { pictures, images, method } = await extract(path, recipe, { whole });
  expect(pictures.map(({ timeUs }) => (timeUs / 1e6).toFixed(4))).toEqual(
    expected.map((frame) => frame?.seconds.toFixed(4)),
  );
  const decoded = await decodeImages(images);
  expect(decoded.map(({ md5 }) => md5)).toEqual(expected.map((frame) => frame?.md5));
  return method.name;
}

describe.each(Object.keys(clips))('%s', (name) => {
  test.each([
    ['by packets', false],
    ['by a full decode', true],
  ])('each frame is the one a player would show, %s', async (_method, whole) => {
    const path = await clip(name);
    await fc.assert(
      fc.asyncProperty(anyRecipe, async (recipe) => {
        await expectExactFrames(path, recipe, whole);
      }),
      // Other recipes each time; plan.words.test.ts tries thousands without decoding.
      { numRuns: 1, endOnFailure: true },
    );
  });
});

test('pictures of an old x264 in 4:4:4 come out right from the middle of the video on', async () => {
  const path = await clip('recovery points instead of IDR');
  expect(await expectExactFrames(path, { select: { mode: 'times', seconds: [17.3, 20, 27] } }, false)).toBe(
    'packets',
  );
});

const READ_BY_PACKETS = [
  'B-frames',
  'open groups',
  'HEVC',
  'VP9',
  'AV1',
  '10 bits',
  'odd sizes',
  'a variable frame rate',
];
test.each(READ_BY_PACKETS)('the packets of %s are read', async (name) => {
  const path = await clip(name);
  const wish = { select: { mode: 'interval', seconds: 0.7 } };
  expect(await expectExactFrames(path, wish, false)).toBe('packets');
});

test('key frames whose packets have no time of their own are found', async () => {
  const recipe = { select: { mode: 'keyframes' }, start: 5.261, end: 10.246 };
  await expectExactFrames(await clip('MPEG-2 that starts late'), recipe, true);
  expect((await truthOf(footage('hello-mpeg2.mpeg'))).frames.filter(({ isKey }) => isKey)).toHaveLength(21);
});

test.each(Object.keys(clips))('the key frames of %s are found', async (name) => {
  await expectExactFrames(await clip(name), { select: { mode: 'keyframes' } }, false);
});
