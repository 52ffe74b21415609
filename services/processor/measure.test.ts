import { beforeEach, expect, test } from '@jest/globals';
import type { Job } from '../../lib/contracts.ts';
import { metrics } from '../../lib/metrics.ts';
import { measuredPort } from './measure.ts';
import type { VideoPort } from './video-port.ts';

const attempt = { extractionId: 'e1d3f6a0-0000-4000-8000-000000000001', attempt: 1 };
const failure = { ...attempt, code: 'not_a_video', retryable: false } as const;
const job = { ...attempt, leaseSeconds: 30, recipe: { select: { mode: 'all' } } } as unknown as Job;
const told = async () => {
  const { values } = await metrics.extractions.get();
  return values.map(({ labels: { outcome, mode, code }, value }) => [outcome, mode, code, value]);
};
/** @param accepted what `video` answers */
const portThat = (accepted: boolean, clock?: () => number) => {
  const answer = () => Promise.resolve({ accepted });
  const port = { claim: () => Promise.resolve(job), renew: answer, fail: answer, release: answer };
  return measuredPort(port as unknown as VideoPort, clock);
};
beforeEach(() => metrics.extractions.reset());

test('an attempt whose lease is refused is lost, once, and forgotten', async () => {
  const port = portThat(false);
  await port.claim({ worker: 'a' });
  await port.renew({ ...attempt, progress: 1 });
  await port.renew({ ...attempt, progress: 2 });
  expect(await told()).toEqual([['lost', 'all', '', 1]]);
  await port.release(attempt);
  expect(await told()).toContainEqual(['refused', 'unknown', '', 1]);
});

test('an attempt whose renewals do not get through is forgotten when the next one begins', async () => {
  let now = 0;
  const port = portThat(true, () => now);
  await port.claim({ worker: 'a' });
  now = 20_000;
  await port.renew({ ...attempt, progress: 1 });
  now = 79_000;
  await port.claim({ worker: 'a' });
  expect(await told()).toEqual([]);
  now = 140_000;
  await port.claim({ worker: 'a' });
  expect(await told()).toEqual([['lost', 'all', '', 1]]);
});

test.each([
  [true, ['failed', 'all', 'not_a_video', 1]],
  [false, ['refused', 'all', '', 1]],
])('a failure that is accepted (%j) is a failure, another is not', async (accepted, counted) => {
  const port = portThat(accepted);
  await port.claim({ worker: 'a' });
  await port.fail(failure);
  expect(await told()).toEqual([counted]);
});
