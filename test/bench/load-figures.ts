import type { Reading } from './loop-probe.ts';
import type { Sample } from './load-generator.ts';
import { names } from './load-operations.ts';

/** What became of some requests. Latencies (ms, from the moment a request was due) are of those that were served. */
export interface Figures {
  sent: number;
  served: number;
  /** Turned away with 503 or 429. */
  shed: number;
  /** Anything else, no answer in time included. */
  failed: number;
  p50: number;
  p95: number;
  p99: number;
}

const isServed = ([, , , status]: Sample) => status >= 200 && status < 300;
const isShed = ([, , , status]: Sample) => status === 503 || status === 429;

const quantile = (sorted: number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;

export function figuresOf(samples: Sample[]): Figures {
  const served = samples.filter(isServed);
  const shed = samples.filter(isShed).length;
  const took = served.map(([, , ms]) => ms).sort((a, b) => a - b);
  return {
    sent: samples.length,
    served: served.length,
    shed,
    failed: samples.length - served.length - shed,
    p50: quantile(took, 0.5),
    p95: quantile(took, 0.95),
    p99: quantile(took, 0.99),
  };
}

/** Requests that were due in this part of a run, in milliseconds from its start. */
export const between = (samples: Sample[], fromMs: number, untilMs: number) =>
  samples.filter(([, due]) => due >= fromMs && due < untilMs);

/** The same for each second of a run. */
export const bySecond = (samples: Sample[], seconds: number) =>
  Array.from({ length: seconds }, (_, n) => figuresOf(between(samples, n * 1000, (n + 1) * 1000)));

/** Whether nearly all were served, and soon: who got no answer counts as waiting for ever. */
export const isGood = ({ sent, served, p95 }: Figures, withinMs: number) =>
  served >= sent * 0.99 && p95 <= withinMs;

const whole = (value: number) => (Number.isFinite(value) ? value.toFixed(0) : '-');

/** One line for each operation, and one for all. */
export function printFigures(title: string, samples: Sample[]): void {
  const rows: [string, Sample[]][] = [
    ...names.map((name, n): [string, Sample[]] => [name, samples.filter(([op]) => op === n)]),
    ['all', samples],
  ];
  console.log(`\n${title}`);
  console.log('operation     sent  served    shed  failed   p50 ms   p95 ms   p99 ms');
  for (const [name, some] of rows) {
    const { sent, served, shed, failed, ...latency } = figuresOf(some);
    const counts = [sent, served, shed, failed].map((count) => String(count).padStart(8)).join('');
    const times = [latency.p50, latency.p95, latency.p99].map((ms) => whole(ms).padStart(9)).join('');
    console.log(`${name.padEnd(10)}${counts}${times}`);
  }
}

/** The worst event-loop delay and the most memory of the gateway in a while (epoch milliseconds). */
export function worst(readings: Reading[], from: number, until: number): { loopP99: number; rssMB: number } {
  const some = readings.filter(({ at }) => at >= from && at <= until);
  return {
    loopP99: Math.max(0, ...some.map(({ loopP99 }) => loopP99)),
    rssMB: Math.max(0, ...some.map(({ rssMB }) => rssMB)),
  };
}
