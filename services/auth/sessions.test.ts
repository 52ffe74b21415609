import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../../test/support/database.ts';
import { verifyAccessToken } from '../../lib/access-token.ts';
import { parse } from '../../lib/errors.ts';
import { registration } from '../../lib/accounts.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { findByEmail, register } from './people.ts';
import { login, refresh, type Sessions } from './sessions.ts';
import { loadSigningKey } from './signing-key.ts';

const password = 'long enough 1';
const wrong = expect.objectContaining({ type: 'invalid_credentials', code: 401 });

let folder = '';
let sessions: Sessions;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessions-'));
  const sequelize = await createTestDatabase(migrations);
  sessions = {
    db: { sequelize, models: defineModels(sequelize) },
    key: await loadSigningKey({ file: join(folder, 'key.pem'), makeIfMissing: true }),
    throttle: createLoginThrottle(sequelize),
    accessTokenSeconds: 900,
    refreshTokenDays: 30,
    sessionDays: 90,
    checkCode: () => Promise.resolve(),
  };
});
afterAll(async () => {
  await sessions.db.sequelize.close();
  await rm(folder, { recursive: true });
});

const add = (email: string) => register(sessions.db, parse(registration, { email, password }));

describe('login', () => {
  test('answers with a token pair', async () => {
    const person = await add('ana@example.com');
    const now = new Date();
    const pair = await login(sessions, { email: 'ANA@example.com', password }, now);
    expect(pair).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    const verify = (at: number) => verifyAccessToken(pair.accessToken, [sessions.key], new Date(at));
    expect(verify(now.getTime() + 898_000)).toMatchObject({ personId: person.id, role: 'user' });
    expect(() => verify(now.getTime() + 901_000)).toThrow(expect.objectContaining({ type: 'unauthorized' }));
  });

  test('answers a wrong password and an unknown account in the same way', async () => {
    await add('ben@example.com');
    for (const email of ['ben@example.com', 'nobody@example.com', "' OR 1=1 --"]) {
      await expect(login(sessions, { email, password: 'not the password' })).rejects.toEqual(wrong);
    }
  });

  test('is refused after too many failures, with the right password, too', async () => {
    await add('eva@example.com');
    const attempt = (word: string, address: string) =>
      login(sessions, { email: 'eva@example.com', password: word, origin: { address } });
    for (let i = 0; i < 10; i += 1) await expect(attempt(`guess ${i}`, '192.0.2.1')).rejects.toEqual(wrong);
    await expect(attempt(password, '192.0.2.1')).rejects.toMatchObject({
      type: 'too_many_requests',
      data: { retryAfterSeconds: expect.any(Number) },
    });
    expect(await attempt(password, '192.0.2.2')).toMatchObject({ tokenType: 'Bearer' });
  });

  test('starts the count of failures anew', async () => {
    await add('joe@example.com');
    const attempt = (word: string) =>
      login(sessions, { email: 'joe@example.com', password: word, origin: { address: '192.0.2.3' } });
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 9; i += 1) await expect(attempt('not the password')).rejects.toEqual(wrong);
      expect(await attempt(password)).toMatchObject({ tokenType: 'Bearer' });
    }
  });
});

test('refresh gives a pair with the role the person has now', async () => {
  const { id } = await add('mia@example.com');
  const first = await login(sessions, { email: 'mia@example.com', password });
  await (await findByEmail(sessions.db, 'mia@example.com'))?.update({ role: 'admin' });
  const second = await refresh(sessions, first.refreshToken);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(verifyAccessToken(second.accessToken, [sessions.key])).toMatchObject({
    personId: id,
    role: 'admin',
  });
  await expect(refresh(sessions, first.refreshToken)).rejects.toMatchObject({ type: 'invalid_token' });
});
