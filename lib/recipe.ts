import { z } from 'zod';

/** Seconds on the video's own clock: its first presented frame is 0. Whole milliseconds, so that rates stay exact. */
const seconds = z.number().min(0).max(1_000_000).multipleOf(0.001);
const pixels = z.int().min(16).max(16_384);

const select = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('interval'), seconds: seconds.min(0.001) }),
  z.strictObject({ mode: z.literal('count'), count: z.int().min(1).max(1_000_000) }),
  z.strictObject({ mode: z.literal('scene'), threshold: z.number().min(0).max(1).default(0.3) }),
  z.strictObject({ mode: z.literal('keyframes') }),
  z.strictObject({ mode: z.literal('all') }),
  z.strictObject({ mode: z.literal('times'), seconds: z.array(seconds).min(1).max(10_000) }),
]);

const timesOf = (wish: z.output<typeof select>) => (wish.mode === 'times' ? wish.seconds : []);

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
  })
  .refine(
    ({ select: wish, start = 0, end = Infinity }) => timesOf(wish).every((t) => t >= start && t < end),
    {
      path: ['select', 'seconds'],
      message: 'Every time must lie in the range from start to end',
    },
  );

/** A validated recipe, defaults filled in. */
export type Recipe = z.output<typeof recipeSchema>;
