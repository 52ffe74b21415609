import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recipeSchema } from '../../lib/recipe.ts';
import { anyRecipe } from '../../test/support/any-recipe.ts';
import { expectedFrames } from '../../test/support/engine.ts';
import { planFrames } from './plan.ts';

/** Frames at any pace from 1 microsecond to a second, some of them key frames, and how long the last one is shown. */
const anyFrames = fc
  .array(fc.record({ paceUs: fc.integer({ min: 1, max: 1_000_000 }), isKey: fc.boolean() }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((shown) => {
    const ends = shown.reduce<number[]>((all, { paceUs }) => [...all, (all.at(-1) ?? 0) + paceUs], []);
    const timesUs = Float64Array.from(shown, (_, place) => ends[place - 1] ?? 0);
    return { timesUs, keys: Uint8Array.from(shown, ({ isKey }) => Number(isKey)), endUs: ends.at(-1) ?? 0 };
  });

test('a plan names the frames that the words of the contract name', () => {
  fc.assert(
    fc.property(anyFrames, anyRecipe, ({ timesUs, keys, endUs }, wish) => {
      const recipe = recipeSchema.parse(wish);
      const durationSeconds = endUs / 1e6;
      const media = { durationSeconds, width: 64, height: 48, codec: 'h264', frameRate: 25 };
      const frames = { timesUs, keys, packets: Uint32Array.from(timesUs.keys()) };
      const truth = [...timesUs].map((us, n) => ({
        seconds: us / 1e6,
        md5: String(n),
        isKey: keys[n] === 1,
      }));
      const expected = expectedFrames({ frames: truth, durationSeconds }, recipe).map((it) =>
        Number(it?.md5),
      );
      const plan = () => planFrames(recipe, { media, frames }, 1_000_000);
      if (expected.length > 0) expect(plan().frames).toEqual(expected);
      else expect(plan).toThrow(expect.objectContaining({ code: 'no_frames' }));
    }),
    { numRuns: 3000 },
  );
});
