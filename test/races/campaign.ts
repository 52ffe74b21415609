import fc from 'fast-check';

/** How long races are looked for: shortly with the other tests, longer by `npm run test:races`. */

const { RACES, RACES_SEED } = process.env;
const RUN_MS = 30_000;
/** Changes by RACES_SEED only, so that a failure comes again. */
const seed = Number(RACES_SEED ?? 20_260_101);

/**
 * @param few how many runs the ordinary tests can afford
 * @returns how many to make, and the settings of fast-check
 */
export function campaign(few: { runs: number }) {
  const runs = few.runs * Number(RACES ?? 1);
  return { runs, timeoutMs: runs * RUN_MS, settings: { numRuns: runs, seed, endOnFailure: true } };
}

/** Two things that meet: to which of many they happen, and where the first is interrupted. */
export interface Pair<Name> {
  first: Name;
  second: Name;
  pick: number;
  otherPick: number;
  after: number;
}

/**
 * @param few how many pairs the ordinary tests can afford; the campaign has each of all pairs, once for ten RACES
 */
export function pairsOf<Name extends string>(names: Name[], few: number): Pair<Name>[] {
  const all = names.flatMap((first) => names.map((second) => ({ first, second })));
  const some = fc.shuffledSubarray(all, { minLength: few, maxLength: few });
  const rounds = Array.from({ length: Math.ceil(Number(RACES) / 10) }, () => all);
  const chosen = RACES === undefined ? fc.sample(some, { seed, numRuns: 1 }) : rounds;
  const pick = fc.noBias(fc.nat(11));
  const chances = fc.record({
    pick,
    otherPick: fc.oneof(pick, fc.constant(null)),
    after: fc.noBias(fc.nat(15)),
  });
  const pairs = chosen.flat();
  return fc.sample(chances, { seed, numRuns: pairs.length }).flatMap((chance, place) => {
    const pair = pairs[place];
    return pair ? [{ ...chance, ...pair, otherPick: chance.otherPick ?? chance.pick }] : [];
  });
}

export const pairsTimeoutMs = (pairs: unknown[]) => 60_000 + pairs.length * 2000;
