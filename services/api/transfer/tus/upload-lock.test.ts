import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.ts';
import { openUploadLeases, type UploadLeases } from '../../../../test/support/upload-leases.ts';
import type { Call } from '../../endpoint.ts';
import { createUploadLocker } from './upload-lock.ts';

let leases: UploadLeases;
beforeAll(async () => {
  leases = await openUploadLeases();
});
afterAll(() => leases.close());

let uploadId: string;
beforeEach(async () => {
  uploadId = await leases.begin();
});

/** Whoever waits gets the lock, however crowded the machine is; only refusals are tried with less patience. */
const timing = { patience: 120_000, poll: 10, renewal: 30, trust: 10_000 };
const never = new AbortController().signal;

type LockOptions = Partial<{ call: Call; gone: AbortSignal; patience: number; trust: number }>;

/** A lock of one request; what it is told comes into `told`. */
function newLock({ call = leases.call, gone = never, ...limits }: LockOptions = {}) {
  const told: string[] = [];
  const onLost = () => told.push('lost');
  const options = { call, uploadId, gone, onLost, timing: { ...timing, ...limits } };
  const lock = createUploadLocker(options).newLock(uploadId);
  return {
    told,
    lock: (signal = never) => lock.lock(signal, () => void told.push('wanted')),
    unlock: () => lock.unlock(),
  };
}

test('one request has it, the next one gets it when the first was asked and lets go', async () => {
  const [first, second] = [newLock(), newLock()];
  await first.lock();
  let isSecond = false;
  const waiting = second.lock().then(() => (isSecond = true));
  await eventually(() => first.told.includes('wanted'), 'the first to be asked');
  expect(isSecond).toBe(false);
  await first.unlock();
  await waiting;
  expect(second.told).toEqual([]);
  await second.unlock();
});

test('many requests at once have it one after the other', async () => {
  let inside = 0;
  const most: number[] = [];
  const work = async () => {
    const lock = newLock();
    await lock.lock();
    most.push(++inside);
    await eventually(() => lock.told.includes('wanted') || most.length === 6, 'another to wait');
    inside--;
    await lock.unlock();
  };
  await Promise.all(Array.from({ length: 6 }, work));
  expect(most).toEqual([1, 1, 1, 1, 1, 1]);
});

test('it stays with a request that renews it, and is refused to the others in time', async () => {
  const [first, second] = [newLock(), newLock({ patience: 300 })];
  await first.lock();
  await expect(second.lock()).rejects.toMatchObject({ type: 'upload_locked' });
  expect(first.told).not.toContain('lost');
  await first.unlock();
});

test('nobody waits for it whose client has gone', async () => {
  const first = newLock();
  await first.lock();
  const before = Date.now();
  const second = newLock({ gone: AbortSignal.abort() });
  await expect(second.lock()).rejects.toMatchObject({ type: 'upload_locked' });
  await expect(newLock().lock(AbortSignal.abort())).rejects.toMatchObject({ type: 'upload_locked' });
  expect(Date.now() - before).toBeLessThan(timing.patience);
  await first.unlock();
});

test('that another one has it is told to a holder that slept', async () => {
  const sleeper = newLock();
  await sleeper.lock();
  await leases.expire(uploadId);
  const other = randomUUID();
  await leases.call('video.holdUpload', { id: uploadId, holder: other });
  await eventually(() => sleeper.told.includes('lost'), 'the sleeper to be told');
  await sleeper.unlock();
  expect(await leases.holderOf(uploadId)).toBe(other);
});

test('a holder that cannot renew it gives up before it runs out', async () => {
  let isAway = false;
  const call: Call = (action, params) =>
    isAway ? Promise.reject(new Error('away')) : leases.call(action, params);
  const lock = newLock({ call, trust: 300 });
  await lock.lock();
  isAway = true;
  await eventually(() => lock.told.includes('lost'), 'the holder to give up');
  await lock.unlock();
});

test('a renewal on its way does not take it again after the end', async () => {
  const slow = Promise.withResolvers<null>();
  let renewals = 0;
  const call: Call = async (action, params) => {
    if (action === 'video.holdUpload' && renewals++ > 0) await slow.promise;
    return leases.call(action, params);
  };
  const lock = newLock({ call });
  await lock.lock();
  await eventually(() => renewals > 1, 'a renewal to begin');
  const ending = lock.unlock();
  slow.resolve(null);
  await ending;
  expect(await leases.holderOf(uploadId)).toBeNull();
});
