import { z } from 'zod';

/** Seconds on the video's own clock: its first presented frame is 0. Whole milliseconds, so that rates stay exact. */
const seconds = z.number().min(0).max(1_000_000).multipleOf(0.001);
const pixels = z.int().min(16).max(16_384);

const select = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('interval'), seconds: seconds.min(0.001) }),
  z.strictObject({ mode: z.literal('count'), count: z.int().min(1).max(1_000_000) }),
  z.strictObject({ mode: z.literal('scene'), threshold: z.number().min(0).max(1).optional() }),
  z.strictObject({ mode: z.literal('keyframes') }),
  z.strictObject({ mode: z.literal('all') }),
  z.strictObject({ mode: z.literal('times'), seconds: z.array(seconds).min(1).max(10_000) }),
]);

/**
 * The recipe: immutable options for choosing and encoding frames. Unknown keys are refused. An empty object is the
 * default recipe: one frame each second as JPEG.
 */
export const recipeSchema = z
  .strictObject({
    select: select.default({ mode: 'interval', seconds: 1 }),
    format: z.enum(['jpg', 'png', 'webp']).default('jpg'),
    quality: z.int().min(1).max(100).optional(),
    maxWidth: pixels.optional(),
    maxHeight: pixels.optional(),
    start: seconds.optional(),
    end: seconds.optional(),
    dedupe: z.boolean().optional(),
  })
  .refine(({ start = 0, end = Infinity }) => start < end, {
    path: ['end'],
    message: 'The end must lie after the start',
  });

/** A validated recipe, defaults filled in. */
export type Recipe = z.output<typeof recipeSchema>;

/**
 * What of a valid recipe the frames engine cannot do yet.
 * @param recipe a validated recipe
 * @returns a sentence for the person, or undefined when the whole recipe is supported
 */
export function unsupportedWish(recipe: Recipe): string | undefined {
  const { mode } = recipe.select;
  if (mode !== 'interval' && mode !== 'count') return `Choosing frames by “${mode}” is not supported yet`;
  if (recipe.dedupe) return 'Dropping near-identical frames (dedupe) is not supported yet';
  return undefined;
}
