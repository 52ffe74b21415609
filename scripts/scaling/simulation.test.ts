import { describe, expect, test } from '@jest/globals';
import { arrivals, dayWithPeak, levelAt, meanLevel } from './day.ts';
import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP } from './hpa.ts';
import type { Job } from './jobs.ts';
import type { NodeShape } from './nodes.ts';
import type { PodShape } from './pods.ts';
import { createRandom } from './random.ts';
import type { KedaRules } from './rules.ts';
import { fixedPool, hpaOnCpu, kedaOnQueue } from './scalers.ts';
import { simulate, type Outcome, type Setup } from './simulation.ts';

const pod: PodShape = { cpu: 1.5, concurrency: 2, startSeconds: 10, finishesWithin: 0, leaseSeconds: 35 };
const node: NodeShape = {
  ...{ podsEach: 2, min: 0, max: 50, provisionSeconds: 90, emptySeconds: 600 },
  ...{ interruptionsPerHour: 0, withoutNotice: 0 },
};
/** Nodes that are there already. */
const ready: NodeShape = { ...node, min: 20 };
const keda: KedaRules = {
  ...{ minReplicas: 1, maxReplicas: 30, floor: 0, pollingSeconds: 10, cooldownSeconds: 300 },
  ...{ perPod: 2, activation: 0, counts: 'ready and unacked' },
  ...{ scaleUp: DEFAULT_SCALE_UP, scaleDown: DEFAULT_SCALE_DOWN },
};
const job = (id: number, at: number, work: number): Job => ({ id, at, work, runs: [] });
const many = (count: number, at: number, work: number) =>
  Array.from({ length: count }, (_, n) => job(n, at, work));
const run = (setup: Partial<Setup> & Pick<Setup, 'jobs' | 'scaler'>) =>
  simulate({ pod, node: ready, seed: 1, seconds: 3600, ...setup });

/** Every extraction ended once, and was never run twice at a time. */
function expectConserved({ jobs }: Outcome): void {
  const wrong = jobs.filter(({ runs }) => {
    const isDoneOnce =
      runs.filter(({ ending }) => ending === 'done').length === 1 && runs.at(-1)?.ending === 'done';
    const overlaps = runs.some(({ from }, n) => n > 0 && from < (runs[n - 1]?.to ?? Infinity));
    return !isDoneOnce || overlaps;
  });
  expect(wrong).toEqual([]);
}

describe('by hand', () => {
  test('a fixed pod of two: the third extraction waits for the first to end', () => {
    const { jobs, delay } = run({ jobs: many(3, 100, 30), scaler: fixedPool(1) });
    expect(jobs.map(({ runs }) => runs[0]?.from)).toEqual([100, 100, 130]);
    expect(delay).toEqual({ p50: 0, p95: 30, p99: 30, max: 30 });
  });

  test('from zero: the poll, the pod and, where there is none, the node', () => {
    // The broker tells at 105 s, KEDA polls at 110 s, the pod takes 10 s.
    const warm = run({ jobs: [job(0, 101, 20)], scaler: kedaOnQueue(keda) });
    expect(warm.jobs[0]?.runs[0]?.from).toBe(120);
    const cold = run({ jobs: [job(0, 101, 20)], scaler: kedaOnQueue(keda), node });
    // The autoscaler looks at 110 s, too; a node takes 90 s, more or less a fifth, and pods are placed every 10 s.
    const from = cold.jobs[0]?.runs[0]?.from ?? 0;
    expect(from).toBeGreaterThanOrEqual(110 + 72 + 10);
    expect(from).toBeLessThanOrEqual(120 + 108 + 20);
  });

  test('to zero: the cooldown after the last message, and then the nodes', () => {
    const outcome = run({ jobs: [job(0, 101, 20)], scaler: kedaOnQueue(keda), node });
    const done = outcome.jobs[0]?.runs[0]?.to ?? 0;
    const withPods = 3600 - outcome.idleHours * 3600;
    // Woken at 110 s; let go 300 s after a poll that saw the message, within a few polls.
    expect(withPods).toBeGreaterThanOrEqual(done - 110 + 290);
    expect(withPods).toBeLessThanOrEqual(done - 110 + 325);
    expect(outcome.nodeHours * 3600).toBeLessThan(withPods + 600 + 20);
    expect(outcome.mostNodes).toBe(1);
  });

  test('the pods follow the queue: as many messages for each as the target says', () => {
    expect(run({ jobs: many(40, 100, 600), scaler: kedaOnQueue(keda) }).mostPods).toBe(20);
    expect(run({ jobs: many(40, 100, 600), scaler: kedaOnQueue({ ...keda, perPod: 8 }) }).mostPods).toBe(5);
    expect(run({ jobs: many(400, 100, 60), scaler: kedaOnQueue(keda) }).mostPods).toBe(30);
  });

  test('an HPA on the CPU can only multiply what it has', () => {
    const rules = { ...keda, target: 0.7 };
    const outcome = run({ jobs: many(40, 100, 600), scaler: hpaOnCpu(rules) });
    const queue = run({ jobs: many(40, 100, 600), scaler: kedaOnQueue(keda) });
    expect(outcome.delay.max).toBeGreaterThan(queue.delay.max);
    expect(outcome.idleHours).toBe(0);
  });
});

describe('shrinking', () => {
  // Half of the extractions are short, so pods are too many while the others still run.
  const jobs = [...many(20, 100, 60), ...many(20, 100, 1500).map((it) => ({ ...it, id: it.id + 20 }))];

  test('with a window of stabilisation that is long enough no running extraction is touched', () => {
    const rules = { ...keda, scaleDown: { ...DEFAULT_SCALE_DOWN, stabilizationWindowSeconds: 1800 } };
    const outcome = run({ jobs, scaler: kedaOnQueue(rules), seconds: 7200 });
    expect(outcome.handedBack).toBe(0);
    expectConserved(outcome);
  });

  test('without one some are handed back and done again, and none is lost', () => {
    const rules = { ...keda, scaleDown: { ...DEFAULT_SCALE_DOWN, stabilizationWindowSeconds: 0 } };
    const outcome = run({ jobs, scaler: kedaOnQueue(rules), seconds: 7200 });
    expect(outcome.handedBack).toBeGreaterThan(0);
    expect(outcome.wastedHours).toBeGreaterThan(0);
    expectConserved(outcome);
  });

  test('nor are any handed back where pods that stop may finish', () => {
    const rules = { ...keda, scaleDown: { ...DEFAULT_SCALE_DOWN, stabilizationWindowSeconds: 0 } };
    const outcome = run({
      jobs,
      scaler: kedaOnQueue(rules),
      pod: { ...pod, finishesWithin: 3600 },
      seconds: 7200,
    });
    expect(outcome.handedBack).toBe(0);
    expectConserved(outcome);
  });

  test('counting only what waits ends what runs longer than the cooldown, again and again', () => {
    const outcome = run({ jobs, scaler: kedaOnQueue({ ...keda, counts: 'ready' }), seconds: 7200 });
    expect(outcome.handedBack).toBeGreaterThan(20);
    const neverDone = outcome.jobs.filter(({ runs }) => runs.at(-1)?.ending !== 'done');
    expect(neverDone.length).toBeGreaterThan(0);
    expect(neverDone.every(({ work }) => work === 1500)).toBe(true);
    expect(outcome.delay.max).toBe(Infinity);
  });
});

describe('machines that are taken away', () => {
  const stormy: NodeShape = { ...node, interruptionsPerHour: 6 };
  const jobs = many(200, 100, 300);
  const patient = { ...keda, scaleDown: { ...DEFAULT_SCALE_DOWN, stabilizationWindowSeconds: 3600 } };
  const scaler = kedaOnQueue(patient);

  test('with a notice: extractions are handed back, and all are done', () => {
    const outcome = run({ jobs, scaler, node: stormy });
    expect(outcome.interruptions).toBeGreaterThan(3);
    expect(outcome.handedBack).toBeGreaterThan(0);
    expect(outcome.lost).toBe(0);
    expectConserved(outcome);
  });

  test('without one: leases run out, and all are done', () => {
    const outcome = run({ jobs, scaler, node: { ...stormy, withoutNotice: 1 } });
    expect(outcome.lost).toBeGreaterThan(0);
    expect(outcome.handedBack).toBe(0);
    expectConserved(outcome);
  });
});

describe('a day', () => {
  const work = { medianMinutes: 2, spread: 1, maxMinutes: 60, secondsEach: 1, secondsPerMinute: 9 };
  const shape = dayWithPeak(50);

  test('has as many videos as are asked for, fifty times as many in the peak', () => {
    const jobs = arrivals(shape, 20_000, work, createRandom(7));
    expect(jobs.length).toBeGreaterThan(19_500);
    expect(jobs.length).toBeLessThan(20_500);
    const inHour = (hour: number) =>
      jobs.filter(({ at }) => at >= hour * 3600 && at < (hour + 0.5) * 3600).length;
    expect(inHour(19.25) / inHour(14.75)).toBeGreaterThan(30);
    expect(levelAt(shape, 19.5 * 3600)).toBe(50);
    expect(levelAt(shape, 7 * 3600)).toBeCloseTo(0.51);
    expect(
      meanLevel([
        [0, 2],
        [12, 2],
        [24, 4],
      ]),
    ).toBe(2.5);
  });

  test('loses nothing under interruptions, and happens the same way again', () => {
    const setup: Setup = {
      jobs: arrivals(shape, 3000, work, createRandom(1)),
      ...{ pod, node: { ...node, interruptionsPerHour: 0.5, withoutNotice: 0.2 } },
      ...{ scaler: kedaOnQueue(keda), seed: 3 },
    };
    const outcome = simulate(setup);
    expectConserved(outcome);
    expect(outcome.idleHours).toBeGreaterThan(0);
    expect(simulate(setup)).toEqual(outcome);
    expect(simulate({ ...setup, seed: 4 })).not.toEqual(outcome);
  });
});
