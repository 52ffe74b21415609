import type { Job } from './jobs.ts';
import type { Random } from './random.ts';

export const DAY_SECONDS = 86_400;

/** A day: hours, and how much comes then, in multiples of a usual hour; straight lines lie between them. */
export type Shape = readonly (readonly [hour: number, level: number])[];

/** A quiet night, a day with two usual tops, and an hour in the evening in which `peak` times the usual comes. */
export const dayWithPeak = (peak: number): Shape => [
  [0, 0.5],
  [2, 0.02],
  [6, 0.02],
  [8, 1],
  [12, 1.5],
  [15, 1],
  [18, 1.5],
  [19, 1.5],
  [19 + 1 / 12, peak],
  [20, peak],
  [20.25, 1.5],
  [22, 1],
  [24, 0.5],
];

/** The level at a moment of the day. */
export function levelAt(shape: Shape, seconds: number): number {
  const hour = seconds / 3600;
  const after = shape.findIndex(([at]) => at > hour);
  const [from, to] = [shape[after - 1], shape[after]];
  if (!from || !to) return shape.at(-1)?.[1] ?? 0;
  return from[1] + ((hour - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
}

/** The mean level of a day: exact, because lines lie between the points. */
export function meanLevel(shape: Shape): number {
  const areas = shape.slice(1).map(([hour, level], n) => {
    const [before, then] = shape[n] ?? [hour, level];
    return ((hour - before) * (level + then)) / 2;
  });
  return areas.reduce((sum, area) => sum + area, 0) / 24;
}

/** How much work videos are. */
export interface Work {
  /** Minutes; half of the videos are shorter. */
  medianMinutes: number;
  spread: number;
  maxMinutes: number;
  /** Seconds of one core for each video, and for each minute of it. */
  secondsEach: number;
  secondsPerMinute: number;
}

/**
 * The videos of a day: a Poisson process whose rate follows the shape (by thinning of one at the highest rate).
 * @param videos of the whole day, on average
 */
export function arrivals(shape: Shape, videos: number, work: Work, random: Random): Job[] {
  const usual = videos / DAY_SECONDS / meanLevel(shape);
  const highest = Math.max(...shape.map(([, level]) => level));
  const jobs: Job[] = [];
  let at = 0;
  for (;;) {
    at += random.exponential(usual * highest);
    if (at >= DAY_SECONDS) return jobs;
    if (random.uniform() * highest >= levelAt(shape, at)) continue;
    const minutes = Math.min(work.maxMinutes, random.logNormal(work.medianMinutes, work.spread));
    jobs.push({ id: jobs.length, at, work: work.secondsEach + work.secondsPerMinute * minutes, runs: [] });
  }
}
