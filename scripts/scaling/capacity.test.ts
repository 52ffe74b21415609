import { expect, test } from '@jest/globals';
import { assumptions } from './assumptions.ts';
import { billOf, piecesOf, totalOf } from './bill.ts';
import { figure, SCALES } from './capacity-tables.ts';
import { limitsOf, needsOf, strainsOf, type Setup } from './capacity.ts';
import { measured } from './measured.ts';
import { prices } from './prices.ts';

const setup: Setup = {
  ...{ maxProcessorNodes: 50, maxProcessorPods: 100, podCores: 2, maxGateways: 12 },
  ...{ videoReplicas: 2, databaseGB: 100 },
};
const now = { directUploads: false, sourceDays: 30 };

test('needs by hand: 86,400 videos a day are one a second on average', () => {
  const needs = needsOf(86_400);
  const work = measured.processorEach.value + measured.processorPerMinute.value * assumptions.minutes.value;
  expect(needs.videosPerSecond).toBe(assumptions.peak.value);
  expect(needs.processorCoresMean).toBeCloseTo(work);
  expect(needs.processorCores).toBeCloseTo(work * assumptions.peak.value);
  expect(needs.processorNodes).toBe(Math.ceil((work * assumptions.peak.value) / 4 / assumptions.use.value));
  const source = measured.sourcePerMinute.value * assumptions.minutes.value;
  expect(needs.ingressGbps).toBeCloseTo((source * 8 * assumptions.peak.value) / 1e9);
  expect(needs.lettersPerSecond).toBe(assumptions.peak.value);
});

test('needs grow with the videos, and the store with the days that it keeps', () => {
  const [few, many] = [needsOf(1000), needsOf(10_000_000)];
  expect(many.messagesPerSecond / few.messagesPerSecond).toBeCloseTo(10_000);
  expect(many.storedTB / few.storedTB).toBeCloseTo(10_000);
  const bytesADay =
    (measured.sourcePerMinute.value + measured.archivePerMinute.value) * assumptions.minutes.value;
  expect(few.storedTB).toBeCloseTo((1000 * 30 * bytesADay) / 1e12);
});

test('what is strained most comes first, and everything is looked at', () => {
  const limits = limitsOf(setup);
  const strains = strainsOf(needsOf(100_000), limits);
  expect(strains).toHaveLength(limits.length);
  const shares = strains.map(({ share }) => share);
  expect(shares).toEqual([...shares].sort((left, right) => right - left));
  for (const { limit, need, share } of strains) expect(share).toBeCloseTo(need / limit.bears);
});

test('the smaller of nodes and pods limits the processors', () => {
  const bears = (changed: Partial<Setup>) =>
    limitsOf({ ...setup, ...changed }).find(({ piece }) => piece === 'processors')?.bears;
  expect(bears({ maxProcessorNodes: 10 })).toBe(10 * 4 * assumptions.use.value);
  expect(bears({ maxProcessorPods: 7 })).toBe(14);
});

test('a bill by hand, and what changes with the design', () => {
  const bill = billOf(1000, now);
  expect(bill['EKS control plane']).toBeCloseTo(72);
  expect(bill.mail).toBeCloseTo(30 * prices.mail.dollars);
  const archiveGB = (measured.archivePerMinute.value * assumptions.minutes.value) / 1e9;
  expect(bill['traffic to the internet']).toBeCloseTo(30_000 * archiveGB * 0.09);
  expect(totalOf({ mail: 1, 'S3 reads': 2 })).toBe(3);
  const lean = billOf(1000, { directUploads: true, sourceDays: 1 });
  expect(lean['load balancer, by bytes']).toBe(0);
  expect(lean['S3 storage'] ?? NaN).toBeLessThan((bill['S3 storage'] ?? NaN) / 10);
  expect(SCALES.map((scale) => totalOf(billOf(scale, now))).every((dollars) => dollars > 500)).toBe(true);
});

test('pieces are whole, never fewer than one, and no busier than planned', () => {
  expect(piecesOf(1, now)).toEqual({
    processorNodes: 1,
    serviceNodes: 4,
    databases: 1,
    brokers: 1,
    cells: 1,
  });
  const { databaseCores } = needsOf(10_000_000);
  const many = piecesOf(10_000_000, now);
  expect(many.cells).toBe(50);
  // Each cell has a broker of its own; without cells, 36 would bear it.
  expect(many.brokers).toBe(50);
  const { messagesPerSecond } = needsOf(100_000);
  expect(messagesPerSecond / (piecesOf(100_000, now).brokers * 5000)).toBeLessThan(
    assumptions.headroom.value,
  );
  expect(databaseCores / (many.databases * 2)).toBeLessThanOrEqual(assumptions.headroom.value);
  expect(piecesOf(10_000_000, { ...now, directUploads: true }).serviceNodes).toBeLessThan(many.serviceNodes);
});

test('figures have three digits', () => {
  const given = [0, 0.12345, 3.14159, 12, 1234.5, 9_876_543];
  expect(given.map(figure)).toEqual(['0', '0.123', '3.14', '12', '1,230', '9,880,000']);
});
