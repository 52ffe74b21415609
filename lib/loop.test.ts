import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../test/support/eventually.ts';
import { silentLogger } from './logger.ts';
import { startLoop, type Loop } from './loop.ts';

const NEVER_MS = 3_600_000;

describe('a loop', () => {
  const running: Loop[] = [];
  afterEach(() => Promise.all(running.splice(0).map((loop) => loop.stop())));
  const start = (
    intervalMs: number,
    task: (signal: AbortSignal) => Promise<unknown>,
    logger = silentLogger,
  ) => {
    const loop = startLoop('the task', intervalMs, task, logger);
    running.push(loop);
    return loop;
  };

  /** A task that counts its runs; each waits to be let go. */
  const gatedTask = () => {
    const releases: (() => void)[] = [];
    const counts = { runs: 0, inHand: 0, most: 0 };
    const task = async () => {
      counts.runs += 1;
      counts.inHand += 1;
      counts.most = Math.max(counts.most, counts.inHand);
      await new Promise<void>((resolve) => releases.push(resolve));
      counts.inHand -= 1;
    };
    return { counts, task, release: () => releases.splice(0).forEach((release) => release()) };
  };

  test('runs its task at once and again after each pause', async () => {
    const at: number[] = [];
    start(40, () => Promise.resolve(at.push(performance.now())));
    await eventually(() => at.length >= 3, 'three runs');
    const [first = 0, second = 0, third = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(35);
    expect(third - second).toBeGreaterThanOrEqual(35);
  });

  test('never runs twice at once, however often it is kicked', async () => {
    const { counts, task, release } = gatedTask();
    const loop = start(1, task);
    for (let kicks = 0; kicks < 5; kicks += 1) loop.kick();
    await turn();
    expect(counts).toEqual({ runs: 1, inHand: 1, most: 1 });
    release();
    await eventually(() => counts.runs === 2, 'the second run');
    expect(counts.most).toBe(1);
    const stopped = loop.stop();
    release();
    await stopped;
  });

  test('a kick wakes it up at once', async () => {
    let runs = 0;
    const loop = start(NEVER_MS, () => Promise.resolve((runs += 1)));
    await eventually(() => runs === 1, 'the first run');
    await turn();
    loop.kick();
    await eventually(() => runs === 2, 'the kicked run');
  });

  test('kicks during a run make exactly one more run', async () => {
    const { counts, task, release } = gatedTask();
    const loop = start(NEVER_MS, task);
    loop.kick();
    loop.kick();
    release();
    await eventually(() => counts.runs === 2, 'the second run');
    release();
    await eventually(() => counts.inHand === 0, 'the second run to end');
    await turn();
    expect(counts.runs).toBe(2);
  });

  test('logs an error and goes on', async () => {
    let runs = 0;
    const logged: unknown[][] = [];
    const logger = { ...silentLogger, error: (...args: unknown[]) => logged.push(args) };
    const fault = new Error('no luck');
    start(1, () => ((runs += 1) === 1 ? Promise.reject(fault) : Promise.resolve()), logger);
    await eventually(() => runs >= 2, 'a run after the error');
    expect(logged).toEqual([['the task failed', fault]]);
  });

  test('survives a task that throws before its first await', async () => {
    let runs = 0;
    const logged: unknown[][] = [];
    const logger = { ...silentLogger, error: (...args: unknown[]) => logged.push(args) };
    start(
      1,
      () => {
        runs += 1;
        if (runs === 1) throw new Error('thrown');
        return Promise.resolve();
      },
      logger,
    );
    await eventually(() => runs >= 2, 'a run after the error');
    expect(logged).toHaveLength(1);
  });

  test('stop aborts the signal and waits for the run in hand; what it throws then is not told', async () => {
    let ended = false;
    const logged: unknown[][] = [];
    const logger = { ...silentLogger, error: (...args: unknown[]) => logged.push(args) };
    const task = async (signal: AbortSignal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await turn();
      ended = true;
      throw new Error('interrupted');
    };
    await start(1, task, logger).stop();
    expect(ended).toBe(true);
    expect(logged).toEqual([]);
  });

  test('stops at once while it pauses, and never runs again', async () => {
    let runs = 0;
    const loop = start(NEVER_MS, () => Promise.resolve((runs += 1)));
    await eventually(() => runs === 1, 'the first run');
    await loop.stop();
    loop.kick();
    await turn();
    expect(runs).toBe(1);
  });
});
