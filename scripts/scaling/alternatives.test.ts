import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { compareGateways, compareProcessors, type Compared } from './alternatives.ts';
import { kedaRules, podRules, readManifests, utilizationRules } from './rules.ts';

const manifests = await readManifests(fileURLToPath(new URL('../../k8s', import.meta.url)));
const day = { videos: 10_000, peak: 50, seed: 1 };

/** A figure of a row, by what the row begins with and the column's name. */
const reader =
  ({ columns, rows }: Compared) =>
  (name: string, column: string): number => {
    const found = rows.find(([first]) => first?.startsWith(name))?.[columns.indexOf(column)];
    if (found === undefined) throw new Error(`There is no ${name}, or no ${column}`);
    return found === 'never' ? Infinity : parseFloat(found);
  };

test('the numbers of the manifests bear the peak better, or cheaper, than what else was tried', () => {
  const of = reader(compareProcessors(day, kedaRules(manifests), podRules(manifests)));
  const ours = (column: string) => of('the manifests', column);
  expect(ours('p95 s')).toBeLessThan(30);
  expect(ours('max s')).toBeLessThan(300);
  // Of ten thousand, at most one in a thousand is begun again.
  expect(ours('handed back')).toBeLessThanOrEqual(10);
  expect(ours('no pod, h')).toBeGreaterThan(1);
  expect(ours('$ a day')).toBeLessThan(of('fixed, enough for the peak', '$ a day') / 4);
  for (const late of [
    'fixed, enough for the mean',
    'HPA on CPU',
    'KEDA, waiting messages only',
    '4 for each pod',
  ]) {
    expect(of(late, 'p95 s')).toBeGreaterThan(ours('p95 s'));
  }
  for (const rash of ['KEDA, waiting messages only', 'shrinking at once']) {
    expect(of(rash, 'handed back')).toBeGreaterThan(10 * ours('handed back'));
  }
  for (const dear of ['HPA on CPU', '1 for each pod', 'pods of two full cores']) {
    expect(of(dear, '$ a day')).toBeGreaterThan(ours('$ a day'));
  }
});

test('so do those of the gateways', () => {
  const of = reader(compareGateways(day, utilizationRules(manifests), podRules(manifests, 'api')));
  expect(of('the manifests', 'refused')).toBe(0);
  expect(of('fixed: the fewest', 'refused')).toBeGreaterThan(10);
  expect(of('uploads straight to S3', 'pod hours')).toBeLessThan(of('the manifests', 'pod hours'));
});
