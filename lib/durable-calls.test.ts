import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createTestDatabase } from '../test/support/database.ts';
import { startCollector } from '../test/support/trace-collector.ts';
import { durableCallsMigration, tracedCallsMigration, makeDueCalls, promiseCall } from './durable-calls.ts';
import { silentLogger } from './logger.ts';
import { startTracing } from './tracing/export.ts';
import { carrier, inSpan, inTrace } from './tracing/trace.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const running = new AbortController().signal;

describe('durable calls', () => {
  let sequelize: Sequelize;
  let made: [string, object][];
  beforeAll(async () => {
    sequelize = await createTestDatabase([
      durableCallsMigration('001-durable-calls'),
      tracedCallsMigration('002-traced'),
    ]);
  });
  afterAll(() => sequelize.close());
  beforeEach(async () => {
    made = [];
    await sequelize.query('TRUNCATE durable_calls');
  });

  const promise = (n: number) =>
    sequelize.transaction((transaction) =>
      promiseCall(sequelize, { action: 'notify.tell', params: { n } }, start, transaction),
    );
  const take = (action: string, params: object) => {
    made.push([action, params]);
    return Promise.resolve();
  };
  const makeAt = (ms: number, call = take) =>
    makeDueCalls(sequelize, call, silentLogger, running, () => new Date(start.getTime() + ms));
  const left = async () => (await sequelize.query('SELECT id FROM durable_calls'))[0].length;

  test('a call is made once, by whichever replica comes first', async () => {
    for (let n = 0; n < 20; n += 1) await promise(n);
    await Promise.all([makeAt(0), makeAt(0), makeAt(0)]);
    expect(made.map(([, params]) => (params as { n: number }).n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
    expect(made[0]?.[0]).toBe('notify.tell');
    expect(await left()).toBe(0);
  });

  test('a change that is rolled back makes no call', async () => {
    const change = sequelize.transaction(async (transaction) => {
      await promiseCall(sequelize, { action: 'notify.tell', params: {} }, start, transaction);
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    await makeAt(0);
    expect(made).toEqual([]);
  });

  test('each attempt is a part of the trace that the call was promised in; others are of none', async () => {
    const collector = await startCollector();
    const tracing = {
      url: `${collector.url}/v1/traces`,
      headers: {},
      attributes: {},
      serviceName: undefined,
    };
    const sampling = { sampler: 'parentbased_always_on' as const, ratio: 1 };
    const stopTracing = startTracing({ ...tracing, ...sampling }, { service: 'x', node: 'y' }, silentLogger);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    try {
      await inTrace({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` }, () => promise(1));
      await promise(2);
      const seen: unknown[] = [];
      const failOnce = (_action: string, { n }: { n?: number }) =>
        inSpan('the call', {}, () => {
          seen.push([n, carrier()?.traceparent.split('-')[1]]);
          return seen.length === 1 ? Promise.reject(new Error('down')) : Promise.resolve();
        });
      await makeAt(0, failOnce);
      await makeAt(1000, failOnce);
      expect(seen).toEqual([
        [1, traceId],
        [2, undefined],
        [1, traceId],
      ]);
    } finally {
      await stopTracing();
      await collector.stop();
    }
    expect(collector.spans.map((span) => [span.name, span.traceId])).toEqual([
      ['the call', traceId],
      ['the call', traceId],
    ]);
  });

  test('a call that fails is made again after pauses that grow, until it succeeds', async () => {
    await promise(1);
    let tries = 0;
    const fail = () => {
      tries += 1;
      return Promise.reject(new Error('away'));
    };
    await makeAt(0, fail);
    await makeAt(999, fail);
    expect(tries).toBe(1);
    await makeAt(1000, fail);
    await makeAt(2999, fail);
    expect(tries).toBe(2);
    await makeAt(3000);
    expect(made).toHaveLength(1);
    expect(await left()).toBe(0);
  });

  test('the pause never grows beyond a quarter of an hour', async () => {
    await promise(1);
    await sequelize.query('UPDATE durable_calls SET attempts = 1000');
    await makeAt(0, () => Promise.reject(new Error('away')));
    await makeAt(15 * 60_000);
    expect(made).toHaveLength(1);
  });

  test('a call whose maker died is made by another one after the lease', async () => {
    await promise(1);
    void makeAt(0, () => new Promise(() => undefined));
    while ((await sequelize.query('SELECT 1 FROM durable_calls WHERE attempts = 1'))[0].length === 0);
    await makeAt(59_999);
    expect(made).toEqual([]);
    await makeAt(60_000);
    expect(made).toHaveLength(1);
  });
});
