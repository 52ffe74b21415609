import { expect, test } from '@jest/globals';
import { dayWithPeak, DAY_SECONDS } from './day.ts';
import { simulateGateways, type GatewayShape } from './gateways.ts';
import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP } from './hpa.ts';

const gateway: GatewayShape = { cpuPerRequest: 0.01, request: 0.5, limit: 1, startSeconds: 10 };
const rules = {
  ...{ minReplicas: 2, maxReplicas: 20, target: 0.6 },
  ...{ scaleUp: DEFAULT_SCALE_UP, scaleDown: DEFAULT_SCALE_DOWN },
};
const flat = [
  [0, 1],
  [24, 1],
] as const;

test('a level day: as many pods as the target says, and nothing is refused', () => {
  // 150 requests a second are 1.5 cores, each pod gives 0.3 at the target: 5 pods.
  const outcome = simulateGateways(flat, 150 * DAY_SECONDS, gateway, rules);
  expect(outcome.mostPods).toBe(5);
  // Two pods were there at first, which did their utmost for a moment.
  expect(outcome.overloadedSeconds).toBe(0);
  expect(outcome.podHours).toBeGreaterThan(119);
  expect(outcome.podHours).toBeLessThan(120.1);
});

test('what even the most pods cannot take is refused, and counted', () => {
  const few = { ...rules, maxReplicas: 2 };
  const outcome = simulateGateways(flat, 400 * DAY_SECONDS, gateway, few);
  expect(outcome.refused).toBeCloseTo(0.5);
  expect(outcome.overloadedSeconds).toBe(DAY_SECONDS);
});

test('a peak that rises faster than pods start is refused in part; more pods to begin with take it', () => {
  const wild = [
    [0, 1],
    [12, 1],
    [12.001, 50],
    [13, 50],
    [13.1, 1],
    [24, 1],
  ] as const;
  const lean = simulateGateways(wild, 1_500_000, gateway, { ...rules, minReplicas: 1 });
  const ample = simulateGateways(wild, 1_500_000, gateway, { ...rules, minReplicas: 10 });
  expect(lean.refused).toBeGreaterThan(ample.refused);
  expect(ample.podHours).toBeGreaterThan(lean.podHours);
  expect(simulateGateways(dayWithPeak(50), 10_000, gateway, rules).refused).toBe(0);
});
