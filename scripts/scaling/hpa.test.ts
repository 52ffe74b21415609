import { expect, test } from '@jest/globals';
import {
  createHpa,
  DEFAULT_SCALE_DOWN,
  DEFAULT_SCALE_UP,
  wantedForSum,
  wantedForUtilization,
  type HpaRules,
} from './hpa.ts';

const rules: HpaRules = {
  minReplicas: 1,
  maxReplicas: 100,
  scaleUp: DEFAULT_SCALE_UP,
  scaleDown: DEFAULT_SCALE_DOWN,
};

test('a sum is shared among pods, and small deviations change nothing', () => {
  expect(wantedForSum(9, 2, 1)).toBe(5);
  expect(wantedForSum(21, 2, 10)).toBe(10);
  expect(wantedForSum(23, 2, 10)).toBe(12);
  expect(wantedForSum(0, 2, 10)).toBe(0);
});

test('utilization multiplies ready pods, and pods that start count as idle', () => {
  expect(wantedForUtilization(1, 0.7, 10, 10)).toBe(15);
  expect(wantedForUtilization(0.35, 0.7, 10, 10)).toBe(5);
  // Ten busy pods and five that start: 10 / 15 of them are busy, which is less than the target.
  expect(wantedForUtilization(1, 0.7, 10, 15)).toBe(15);
  expect(wantedForUtilization(1, 0.7, 0, 3)).toBe(3);
});

test('growth is limited by the policy that allows most: doubling, or four pods', () => {
  const hpa = createHpa(rules);
  expect(hpa.decide(0, 1, 90)).toBe(5);
  // Within the same period nothing more is allowed: 1 pod at its start, so 5 at most.
  expect(hpa.decide(5, 5, 90)).toBe(5);
  expect(hpa.decide(15, 5, 90)).toBe(10);
  expect(hpa.decide(30, 10, 90)).toBe(20);
  expect(hpa.decide(45, 20, 90)).toBe(40);
  expect(hpa.decide(60, 40, 90)).toBe(80);
  expect(hpa.decide(75, 80, 900)).toBe(100);
});

test('shrinking waits for the highest recommendation of its window', () => {
  const hpa = createHpa(rules);
  hpa.decide(0, 40, 40);
  for (let at = 15; at < 300; at += 15) expect(hpa.decide(at, 40, 10)).toBe(40);
  expect(hpa.decide(300, 40, 10)).toBe(10);
});

test('shrinking by one pod a minute takes a minute for each', () => {
  const slow = {
    ...DEFAULT_SCALE_DOWN,
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] as const,
  };
  const hpa = createHpa({ ...rules, scaleDown: { ...slow, policies: [...slow.policies] } });
  const moments = [0, 15, 30, 45, 60, 75, 120];
  let replicas = 10;
  const counts = moments.map((at) => (replicas = hpa.decide(at, replicas, 1)));
  expect(counts).toEqual([9, 9, 9, 9, 8, 8, 7]);
});

test('growth waits for the lowest recommendation of a window of its own', () => {
  const hpa = createHpa({ ...rules, scaleUp: { ...DEFAULT_SCALE_UP, stabilizationWindowSeconds: 30 } });
  hpa.decide(0, 2, 2);
  expect(hpa.decide(15, 2, 6)).toBe(2);
  expect(hpa.decide(30, 2, 6)).toBe(6);
});

test('a disabled direction stays, and the least of the policies can be chosen', () => {
  const frozen = createHpa({ ...rules, scaleDown: { ...DEFAULT_SCALE_DOWN, selectPolicy: 'Disabled' } });
  expect(frozen.decide(0, 10, 1)).toBe(10);
  const least = createHpa({ ...rules, scaleUp: { ...DEFAULT_SCALE_UP, selectPolicy: 'Min' } });
  expect(least.decide(0, 1, 90)).toBe(2);
});
