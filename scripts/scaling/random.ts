/** A source of chance that gives the same numbers for the same seed. */
export interface Random {
  /** From 0 to 1, without 1. */
  uniform(): number;
  /** The time until something happens that happens so often on average. */
  exponential(perSecond: number): number;
  /** Skewed to the right, as durations of videos are; `spread` is the standard deviation of its logarithm. */
  logNormal(median: number, spread: number): number;
}

/** The generator is mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    exponential: (perSecond) => (perSecond > 0 ? -Math.log(1 - uniform()) / perSecond : Infinity),
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  };
}
