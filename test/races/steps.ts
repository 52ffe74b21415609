import fc from 'fast-check';
import { Died } from './interleaving.ts';
import { problemCode } from '../../lib/errors.ts';

/** Several things at once, as they are chosen. */

/** One of several things that happen at once. */
export interface Step<Name extends string> {
  name: Name;
  /** To which of many things it happens. */
  pick: number;
  diesAt: number | undefined;
}

/** Things of which one is picked; see {@link Step}. */
const NEWEST = 3;

/**
 * What happens in one run is a few kinds of things only, again and again: so rare combinations are found that would
 * drown among all others.
 * @param groups kinds that need each other
 * @param always kinds that are part of every run; one that stands there twice is chosen more often
 */
export const someOf = <Name extends string>(
  groups: readonly Name[][],
  always: Name[],
): fc.Arbitrary<Name[]> =>
  fc.subarray([...groups], { minLength: 1, maxLength: 3 }).map((some) => [...some.flat(), ...always]);

/** Two to four steps, in half of the cases all to one thing. */
export function stepsOf<Name extends string>(kinds: Name[]): fc.Arbitrary<Step<Name>[]> {
  const step = fc.record({
    name: fc.constantFrom(...kinds),
    pick: fc.noBias(fc.nat(11)),
    diesAt: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) },
    ),
  });
  const target = fc.option(fc.nat(NEWEST - 1), { freq: 2 });
  return fc
    .tuple(target, fc.array(step, { minLength: 2, maxLength: 4, size: 'max' }))
    .map(([same, steps]) =>
      steps.map((it) => (same === null ? it : { ...it, pick: it.pick - (it.pick % NEWEST) + same })),
    );
}

/** @throws the first error that is neither a death nor among the expected problems */
export function insistOnExpected(results: PromiseSettledResult<unknown>[], expected: string[]): void {
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const error: unknown = result.reason;
    if (!(error instanceof Died) && !expected.includes(problemCode(error) ?? '')) throw error;
  }
}
