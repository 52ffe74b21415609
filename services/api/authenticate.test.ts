import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { signAccessToken, type SigningKey } from '../../lib/access-token.ts';
import { newKeySecret, writeApiKey } from '../../lib/api-key.ts';
import type { Caller } from '../../lib/contracts.ts';
import { createAuthenticate } from './authenticate.ts';
import type { Call } from './endpoint.ts';

function makeKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}

/** An `auth` whose keys can change, and that counts how often it is asked. */
function fakeAuth(...keys: SigningKey[]) {
  const state = { keys, calls: 0 };
  const call = (async () => {
    state.calls += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return { keys: state.keys.map(({ kid, publicKeyPem }) => ({ kid, publicKeyPem })) };
  }) as Call;
  return { state, call };
}

const none = { ready: () => Promise.resolve(), has: () => false };
const caller: Caller = { personId: randomUUID(), role: 'user', sessionId: randomUUID(), scope: 'write' };
function request(key: SigningKey, other: Partial<Caller> = {}): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.headers.authorization = `Bearer ${signAccessToken({ ...caller, ...other }, key, 60)}`;
  return message;
}

test('the first requests, all at once, share one call for the keys', async () => {
  const key = makeKey('a');
  const { state, call } = fakeAuth(key);
  const authenticate = createAuthenticate(none);
  const callers = await Promise.all(Array.from({ length: 20 }, () => authenticate(request(key), call)));
  expect(callers).toEqual(Array.from({ length: 20 }, () => caller));
  expect(state.calls).toBe(1);
});

test('a token of a new key makes it ask again, and wrong ones do so only now and then', async () => {
  const [old, fresh] = [makeKey('old'), makeKey('fresh')];
  const { state, call } = fakeAuth(old);
  const begun = 1_000_000;
  let now = begun;
  const authenticate = createAuthenticate(none, () => now);
  await authenticate(request(old), call);
  now = begun + 9999;
  for (let tries = 0; tries < 10; tries += 1) {
    await expect(authenticate(request(fresh), call)).rejects.toMatchObject({ type: 'unauthorized' });
  }
  expect(state.calls).toBe(1);
  state.keys = [old, fresh];
  now = begun + 10_000;
  await expect(authenticate(request(fresh), call)).resolves.toEqual(caller);
  expect(state.calls).toBe(2);
});

test('a key that was taken away is good for a minute at most, and for longer only while auth is away', async () => {
  const [old, fresh] = [makeKey('old'), makeKey('fresh')];
  const { state, call } = fakeAuth(fresh, old);
  const down = (() => Promise.reject(new Error('down'))) as Call;
  let now = 0;
  const authenticate = createAuthenticate(none, () => now);
  await authenticate(request(old), call);
  state.keys = [fresh];
  now = 59_999;
  await expect(authenticate(request(old), call)).resolves.toEqual(caller);
  now = 60_000;
  await expect(authenticate(request(old), down)).resolves.toEqual(caller);
  now = 120_000;
  await expect(authenticate(request(old), call)).rejects.toMatchObject({ type: 'unauthorized' });
  await expect(authenticate(request(fresh), call)).resolves.toEqual(caller);
});

test('a token of an API key is looked up, and no session asked for', async () => {
  const owner = { ...caller, sessionId: null };
  const asked: string[] = [];
  const call = ((action: string) => {
    asked.push(action);
    return Promise.resolve(owner);
  }) as Call;
  const message = new IncomingMessage(new Socket());
  message.headers.authorization = `Bearer ${writeApiKey(randomUUID(), newKeySecret())}`;
  expect(await createAuthenticate(none)(message, call)).toEqual(owner);
  expect(asked).toEqual(['auth.checkKey']);
});

test.each([undefined, 'Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'NotBearer a'])(
  'Authorization: %s names nobody, and auth is not asked',
  async (authorization) => {
    const message = new IncomingMessage(new Socket());
    message.headers.authorization = authorization;
    const nobody = (() => Promise.reject(new Error('asked'))) as Call;
    await expect(createAuthenticate(none)(message, nobody)).rejects.toMatchObject({ type: 'unauthorized' });
  },
);

test('an auth that does not answer is not the token’s fault', async () => {
  const down = (() => Promise.reject(new Error('down'))) as Call;
  await expect(createAuthenticate(none)(request(makeKey('a')), down)).rejects.toThrow('down');
});

test('a session that has ended, or a token without one, is refused', async () => {
  const key = makeKey('a');
  const { call } = fakeAuth(key);
  const ended = { ready: () => Promise.resolve(), has: (id: string) => id === caller.sessionId };
  await expect(createAuthenticate(ended)(request(key), call)).rejects.toMatchObject({ type: 'unauthorized' });
  const old = request(key, { sessionId: null });
  await expect(createAuthenticate(none)(old, call)).rejects.toMatchObject({ type: 'unauthorized' });
});

test('nobody is let in before it is known which sessions have ended', async () => {
  const key = makeKey('a');
  const { call } = fakeAuth(key);
  const ended = { ready: () => Promise.reject(new Error('auth is away')), has: () => false };
  await expect(createAuthenticate(ended)(request(key), call)).rejects.toThrow('auth is away');
});
