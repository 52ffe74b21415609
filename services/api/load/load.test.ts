import { expect, test } from '@jest/globals';
import { createLoad, type Load } from './load.ts';
import { createShedTeller } from './tell-shed.ts';

const idle = { loopDelayMs: 0, heap: 0.1 };
const slow = { loopDelayMs: 200, heap: 0.1 };
const full = { loopDelayMs: 0, heap: 0.9 };

/** A load with a clock that is turned by hand, and calls that end when they are told. */
function bench(options: { maxWaiting?: number; maxDelayMs?: number } = {}) {
  let now = 0;
  const load = createLoad({
    maxWaiting: 1000,
    maxDelayMs: 250,
    clock: () => now,
    random: () => 0.5,
    ...options,
  });
  const ends: (() => void)[] = [];
  const begin = (action: string, count: number, mayRefuse = true) =>
    Array.from({ length: count }, () =>
      load.carry(action, mayRefuse, () => new Promise<void>((resolve) => ends.push(resolve))),
    );
  const finish = async (count: number, calls: Promise<void>[]) => {
    for (const end of ends.splice(0, count)) end();
    await Promise.all(calls.slice(0, count));
  };
  return { load, begin, finish, pass: (ms: number) => (now += ms) };
}

const lookAt = (load: Load, pressure: typeof idle, times: number) => {
  for (let look = 0; look < times; look++) load.look(pressure);
};

test('takes no more than the maximum, and says how many it has refused', async () => {
  const { load, begin, finish } = bench({ maxWaiting: 2 });
  const calls = begin('video.list', 2);
  expect(load.admit()).toBe(false);
  expect(load.state()).toMatchObject({ waiting: 2, limit: 2, shed: { gateway: 1, action: 0 } });
  await finish(1, calls);
  expect(load.admit()).toBe(true);
});

test.each([
  ['a late event loop', slow],
  ['a heap that is nearly full', full],
])('%s refuses new requests while many wait', (_, pressure) => {
  const { load, begin } = bench();
  void begin('video.list', 100);
  load.look(pressure);
  expect(load.admit()).toBe(true);
  lookAt(load, pressure, 4);
  expect(load.admit()).toBe(false);
});

test('recovers at once when what waited is done, before any look', async () => {
  const { load, begin, finish } = bench();
  const calls = begin('video.list', 100);
  lookAt(load, slow, 10);
  expect(load.admit()).toBe(false);
  await finish(100, calls);
  expect(load.admit()).toBe(true);
});

test('a queue before one action refuses that action only', async () => {
  const { load, begin, finish, pass } = bench();
  const calls = begin('auth.login', 100);
  for (let look = 0; look < 4; look++) {
    pass(400);
    await finish(10, calls.splice(0, 10));
    load.look(idle);
  }
  await expect(begin('auth.login', 1)[0]).rejects.toMatchObject({
    type: 'overloaded',
    code: 503,
    data: { retryAfterSeconds: 2 },
  });
  void begin('video.list', 1);
  expect(load.admit()).toBe(true);
  expect(load.state()).toMatchObject({ waiting: 61, shed: { gateway: 0, action: 1 } });
});

test('a burst that is worked off is no queue', async () => {
  const { load, begin, finish, pass } = bench();
  for (let look = 0; look < 10; look++) {
    const quick = begin('video.list', 10);
    await finish(10, quick);
    const late = begin('video.list', 40);
    pass(300);
    await finish(40, late);
    load.look(idle);
  }
  expect(begin('video.list', 100)).toHaveLength(100);
  expect(load.state().waiting).toBe(100);
});

test('an action from which nothing comes back any more is a queue', async () => {
  const { load, begin } = bench();
  void begin('video.list', 100);
  lookAt(load, idle, 4);
  await expect(begin('video.list', 1)[0]).rejects.toMatchObject({ type: 'overloaded' });
});

test('what must not be refused is not', () => {
  const { load, begin } = bench({ maxWaiting: 1 });
  void begin('video.create', 3, false);
  expect(load.state().waiting).toBe(3);
});

test('tells how many were refused, once', async () => {
  const { load, begin } = bench({ maxWaiting: 1 });
  const lines: string[] = [];
  const tell = createShedTeller(load, {
    ...console,
    warn: (line: string) => lines.push(line),
  });
  void begin('video.list', 1);
  await tell();
  load.admit();
  load.admit();
  await tell();
  await tell();
  expect(lines).toEqual([expect.stringContaining('2 requests were refused')]);
});

test('with no limit to the delay nobody is refused', () => {
  const { load, begin } = bench({ maxWaiting: 1, maxDelayMs: 0 });
  void begin('video.list', 3);
  lookAt(load, full, 10);
  expect(load.admit()).toBe(true);
  expect(load.state().waiting).toBe(3);
});
