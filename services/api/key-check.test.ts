import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { newKeySecret, writeApiKey } from '../../lib/api-key.ts';
import type { Caller } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { Call } from './endpoint.ts';
import { createKeyCheck } from './key-check.ts';

const caller: Caller = { personId: randomUUID(), role: 'user', sessionId: null, scope: 'read' };
const key = () => writeApiKey(randomUUID(), newKeySecret());
const unauthorized = expect.objectContaining({ type: 'unauthorized' });

/** An `auth` that answers with what stands in `answer`, and what it was asked. */
function fakeAuth() {
  const state: { answer: Caller | Error; asked: unknown[] } = { answer: caller, asked: [] };
  const call = (async (_action: string, params?: object) => {
    state.asked.push(params);
    await new Promise((resolve) => setImmediate(resolve));
    if (state.answer instanceof Error) throw state.answer;
    return state.answer;
  }) as Call;
  return { state, call };
}

test('requests that come at once, and soon after, share one question, which does not tell the secret', async () => {
  const { state, call } = fakeAuth();
  const check = createKeyCheck(() => 0);
  const one = key();
  const callers = await Promise.all(Array.from({ length: 20 }, () => check(one, call)));
  expect(callers).toEqual(Array.from({ length: 20 }, () => caller));
  expect(state.asked).toHaveLength(1);
  expect(JSON.stringify(state.asked)).not.toContain(one.slice(-43));
});

test('a key that is deleted is refused after five seconds, and a refused one is not asked for again and again', async () => {
  const { state, call } = fakeAuth();
  let now = 0;
  const check = createKeyCheck(() => now);
  const one = key();
  await check(one, call);
  state.answer = new ProblemError('unauthorized');
  now = 4999;
  await expect(check(one, call)).resolves.toEqual(caller);
  now = 5000;
  for (let tries = 0; tries < 5; tries += 1) await expect(check(one, call)).rejects.toEqual(unauthorized);
  expect(state.asked).toHaveLength(2);
});

test('an auth that does not answer is not the key’s fault', async () => {
  const { state, call } = fakeAuth();
  const check = createKeyCheck(() => 0);
  const one = key();
  state.answer = new Error('down');
  await expect(check(one, call)).rejects.toThrow('down');
  state.answer = caller;
  await expect(check(one, call)).resolves.toEqual(caller);
});

test('what has not the form of a key is refused without a question', async () => {
  const { state, call } = fakeAuth();
  const check = createKeyCheck();
  for (const wrong of ['vsk_', 'vsk_x_y', `${key()}x`, key().toUpperCase().replace('VSK', 'vsk')]) {
    await expect(check(wrong, call)).rejects.toEqual(unauthorized);
  }
  expect(state.asked).toEqual([]);
});
