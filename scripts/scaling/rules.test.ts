import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP } from './hpa.ts';
import { coresOf, kedaRules, podRules, readManifests, utilizationRules } from './rules.ts';

const manifests = await readManifests(fileURLToPath(new URL('fixtures', import.meta.url)));

test('a ScaledObject is read, with what Kubernetes takes where it says nothing', () => {
  expect(kedaRules(manifests)).toEqual({
    minReplicas: 1,
    maxReplicas: 50,
    floor: 0,
    pollingSeconds: 10,
    cooldownSeconds: 300,
    perPod: 2,
    activation: 0,
    counts: 'ready and unacked',
    scaleUp: DEFAULT_SCALE_UP,
    scaleDown: {
      stabilizationWindowSeconds: 600,
      selectPolicy: 'Max',
      policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }],
    },
  });
});

test('an HPA and a Deployment are read', () => {
  expect(utilizationRules(manifests)).toEqual({
    minReplicas: 2,
    maxReplicas: 10,
    target: 0.6,
    scaleUp: DEFAULT_SCALE_UP,
    scaleDown: DEFAULT_SCALE_DOWN,
  });
  expect(podRules(manifests, 'processor')).toEqual({ cpu: 1.5, concurrency: 2 });
});

test('what is missing, or there twice, is said', () => {
  expect(() => kedaRules(manifests, 'nobody')).toThrow('There is no ScaledObject nobody');
  expect(() => kedaRules([...manifests, ...manifests])).toThrow('more than one ScaledObject processor');
});

test('amounts of CPU', () => {
  expect([coresOf('250m'), coresOf('2'), coresOf(1.5)]).toEqual([0.25, 2, 1.5]);
  expect(() => coresOf('2Gi')).toThrow('2Gi is no amount of CPU');
});
