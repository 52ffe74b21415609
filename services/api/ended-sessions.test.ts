import { expect, test } from '@jest/globals';
import { createEndedSessions } from './ended-sessions.ts';
import type { Call } from './endpoint.ts';

const at = (ms: number) => new Date(ms).toISOString();

test('what has ended is refused until its access tokens have, and only news is asked for', async () => {
  let now = 0;
  let answer = { sessions: [{ id: 'a', until: at(900_000) }], next: 'first' };
  const asked: unknown[] = [];
  const call = ((action: string, params: object) => {
    asked.push([action, params]);
    return Promise.resolve(answer);
  }) as Call;
  const ended = createEndedSessions(() => now);
  await Promise.all([ended.ready(call), ended.ready(call), ended.update(call)]);
  await ended.ready(call);
  expect(asked).toEqual([['auth.endedSessions', {}]]);
  expect([ended.has('a'), ended.has('b')]).toEqual([true, false]);
  answer = { sessions: [{ id: 'b', until: at(1_800_000) }], next: 'second' };
  // A minute longer than they say: clocks differ.
  now = 960_000;
  await ended.update(call);
  expect([ended.has('a'), ended.has('b')]).toEqual([true, true]);
  now = 960_001;
  await ended.update(call);
  expect([ended.has('a'), ended.has('b')]).toEqual([false, true]);
  expect(asked.slice(1)).toEqual([
    ['auth.endedSessions', { since: 'first' }],
    ['auth.endedSessions', { since: 'second' }],
  ]);
});

test('while auth is away, what is known stays in force; who knows nothing yet lets nobody in', async () => {
  const away = (() => Promise.reject(new Error('away'))) as Call;
  const here = (() =>
    Promise.resolve({ sessions: [{ id: 'a', until: at(Date.now() + 1000) }], next: 'n' })) as Call;
  const ended = createEndedSessions();
  await expect(ended.ready(away)).rejects.toThrow('away');
  await ended.ready(here);
  await expect(ended.update(away)).rejects.toThrow('away');
  await ended.ready(away);
  expect(ended.has('a')).toBe(true);
});
