/** How long races are looked for: shortly with the other tests, longer by `npm run test:races`. */

const { RACES, RACES_SEED } = process.env;
const RUN_MS = 30_000;

/**
 * @param few how many runs the ordinary tests can afford
 * @returns how many to make, and the settings of fast-check; the seed changes by RACES_SEED only, so that a failure
 * comes again
 */
export function campaign(few: { runs: number }) {
  const runs = few.runs * Number(RACES ?? 1);
  const seed = Number(RACES_SEED ?? 20_260_101);
  return { runs, timeoutMs: runs * RUN_MS, settings: { numRuns: runs, seed, endOnFailure: true } };
}
