import fc from 'fast-check';

const milliseconds = (max: number) => fc.integer({ min: 0, max }).map((ms) => ms / 1000);
/** A recipe without its encoding, for a video of about 26 seconds. */
export const anyRecipe = fc
  .record({
    select: fc.oneof(
      fc.record({ mode: fc.constant('interval'), seconds: milliseconds(4000).map((s) => s + 0.15) }),
      fc.record({ mode: fc.constant('count'), count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({
        mode: fc.constant('times'),
        seconds: fc.array(milliseconds(26_000), { minLength: 1, maxLength: 12 }),
      }),
      fc.constantFrom({ mode: 'keyframes' }, { mode: 'all' }),
    ),
    start: milliseconds(20_000),
    span: milliseconds(6000).map((s) => s + 0.5),
  })
  .map(({ select, start, span }) =>
    select.mode === 'times' ? { select } : { select, start, end: Math.round((start + span) * 1000) / 1000 },
  );
