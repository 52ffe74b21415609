import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import { createTestDatabase } from '../../test/support/database.ts';
import { registration } from '../../lib/accounts.ts';
import { parse } from '../../lib/errors.ts';
import { verifyAccessToken, type SigningKey } from '../../lib/access-token.ts';
import { beginReset } from './accounts.ts';
import { letterSecretOf, letterToken } from './letter-tokens.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { changePassword, resetPassword } from './password-changes.ts';
import { getPerson, register } from './people.ts';
import { endedSessions } from './session-endings.ts';
import { endOtherSessions, endSession, listSessions } from './session-list.ts';
import { login, refresh, type Sessions } from './sessions.ts';
import type { TokenPair } from '../../lib/replies.ts';

const email = 'ana@example.com';
const password = 'long enough 1';
const newPassword = 'much longer than that 2';
const origin = { address: '192.0.2.1', userAgent: 'Browser/1.0' };
const request = (now = new Date()) => ({ id: randomUUID(), origin, now });

let sessions: Sessions;
let letterSecret: Buffer;
let personId = '';
beforeAll(async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyPem = String(publicKey.export({ type: 'spki', format: 'pem' }));
  const key: SigningKey = { kid: 'a', privateKey, publicKeyPem };
  const sequelize = await createTestDatabase(migrations);
  const db = { sequelize, models: defineModels(sequelize) };
  const throttle = createLoginThrottle(sequelize);
  const checkCode = () => Promise.resolve();
  sessions = { db, key, throttle, checkCode, accessTokenSeconds: 900, refreshTokenDays: 30, sessionDays: 90 };
  letterSecret = letterSecretOf(key);
});
beforeEach(async () => {
  for (const table of ['people', 'durable_calls', 'login_attempts', 'ended_sessions']) {
    await sessions.db.sequelize.query(`DELETE FROM ${table}`);
  }
  personId = (await register(sessions.db, parse(registration, { email, password }))).id;
});
afterAll(() => sessions.db.sequelize.close());

const enter = (word = password, from = origin) => login(sessions, { email, password: word, origin: from });
const sidOf = ({ accessToken }: TokenPair) => verifyAccessToken(accessToken, [sessions.key]).sessionId ?? '';
const goesOn = (pair: TokenPair) =>
  refresh(sessions, pair.refreshToken).then(
    () => true,
    () => false,
  );
const ended = async () => (await endedSessions(sessions.db, undefined)).sessions.map(({ id }) => id).sort();
async function notices(): Promise<string[]> {
  const rows = await sessions.db.sequelize.query<{ kind: string }>(
    `SELECT params->>'kind' AS kind FROM durable_calls ORDER BY created_at`,
    { type: QueryTypes.SELECT },
  );
  return rows.map(({ kind }) => kind);
}
async function resetToken(now = new Date()): Promise<string> {
  await beginReset({ db: sessions.db, letterSecret }, email, request(now));
  const row = await sessions.db.models.letterToken.findOne({ where: { personId, purpose: 'reset' } });
  return (await letterToken(sessions.db, [letterSecret], row?.id ?? '', now)).token;
}

describe('changing a password', () => {
  const change = (sessionId: string, currentPassword: string, to = newPassword, asked = request()) =>
    changePassword(sessions, { personId, sessionId, currentPassword, newPassword: to }, asked);

  test('ends all other sessions, once for each request, and tells the person', async () => {
    const [mine, other] = [await enter(), await enter()];
    const asked = request();
    await change(sidOf(mine), password, newPassword, asked);
    await change(sidOf(mine), password, newPassword, asked);
    expect([await goesOn(mine), await goesOn(other)]).toEqual([true, false]);
    expect(await ended()).toEqual([sidOf(other)]);
    await expect(enter()).rejects.toMatchObject({ type: 'invalid_credentials' });
    expect(await enter(newPassword)).toBeTruthy();
    expect(await notices()).toEqual(['security.password_changed']);
  });

  test('needs the present one, which cannot be guessed for ever, and a good new one', async () => {
    const mine = await enter();
    await expect(change(sidOf(mine), password, 'password123')).rejects.toMatchObject({
      data: { errors: [{ path: 'newPassword', code: 'too_common' }] },
    });
    for (let i = 0; i < 10; i += 1) {
      await expect(change(sidOf(mine), 'a wrong guess')).rejects.toMatchObject({
        type: 'invalid_credentials',
      });
    }
    await expect(change(sidOf(mine), password)).rejects.toMatchObject({ type: 'too_many_requests' });
  });
});

describe('resetting a password', () => {
  test('works once, ends every session, verifies the address and tells the person', async () => {
    const other = await enter();
    const token = await resetToken();
    await expect(resetPassword(sessions.db, { token, password: email }, request())).rejects.toMatchObject({
      data: { errors: [{ code: 'like_email' }] },
    });
    const asked = request();
    await resetPassword(sessions.db, { token, password: newPassword }, asked);
    await resetPassword(sessions.db, { token, password: newPassword }, asked);
    await expect(resetPassword(sessions.db, { token, password }, request())).rejects.toMatchObject({
      type: 'not_found',
    });
    expect([await goesOn(other), await ended()]).toEqual([false, [sidOf(other)]]);
    expect(await getPerson(sessions.db, personId)).toMatchObject({ emailVerified: true });
    expect(await enter(newPassword)).toBeTruthy();
    expect(await notices()).toContain('security.password_reset');
  });

  test('leaves no way in for a stranger who had registered the address', async () => {
    const row = await sessions.db.models.person.findByPk(personId);
    await row?.update({ secondFactor: true });
    await sessions.db.sequelize.query(
      'INSERT INTO second_factors (person_id, secret, created_at, confirmed_at) VALUES (:personId, :secret, now(), now())',
      { replacements: { personId, secret: Buffer.from('x') } },
    );
    await resetPassword(sessions.db, { token: await resetToken(), password: newPassword }, request());
    expect(await getPerson(sessions.db, personId)).toMatchObject({ secondFactor: false });
    expect(await sessions.db.models.secondFactor.count()).toBe(0);
  });

  test('asked for by many at once happens once', async () => {
    const token = await resetToken();
    const passwords = Array.from({ length: 5 }, (_, i) => `${newPassword} ${i}`);
    const results = await Promise.allSettled(
      passwords.map((each) => resetPassword(sessions.db, { token, password: each }, request())),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is too late after an hour, or when the password was changed since', async () => {
    const start = new Date('2026-03-01T12:00:00Z');
    const late = request(new Date(start.getTime() + 3_600_000));
    const attempt = { token: await resetToken(start), password: newPassword };
    await expect(resetPassword(sessions.db, attempt, late)).rejects.toMatchObject({ type: 'expired' });
    const token = await resetToken();
    const sessionId = sidOf(await enter());
    await changePassword(
      sessions,
      { personId, sessionId, currentPassword: password, newPassword },
      request(),
    );
    await expect(resetPassword(sessions.db, { token, password }, request())).rejects.toMatchObject({
      type: 'not_found',
    });
  });
});

describe('sessions', () => {
  test('are listed with where they are used, and which one asks', async () => {
    const mine = await enter();
    const other = await enter(password, { address: '2001:db8::1', userAgent: 'Other/2.0' });
    const asker = { personId, sessionId: sidOf(mine) };
    const { items } = await listSessions(sessions.db, asker, new Date());
    expect(items).toHaveLength(2);
    expect(items.find(({ current }) => current)).toMatchObject({ id: sidOf(mine), ...origin });
    expect(items.find(({ current }) => !current)).toMatchObject({ id: sidOf(other), userAgent: 'Other/2.0' });
    await endSession(sessions.db, asker, sidOf(other), new Date());
    await expect(endSession(sessions.db, asker, sidOf(other), new Date())).rejects.toMatchObject({
      type: 'not_found',
    });
    const stranger = { personId: randomUUID(), sessionId: null };
    await expect(endSession(sessions.db, stranger, sidOf(mine), new Date())).rejects.toMatchObject({
      type: 'not_found',
    });
    expect([await goesOn(mine), await goesOn(other)]).toEqual([true, false]);
  });

  test('all end but the one that asks, and gateways hear of each for as long as its access token lives', async () => {
    const [mine, ...others] = [await enter(), await enter(), await enter()];
    await endOtherSessions(sessions.db, { personId, sessionId: sidOf(mine), origin }, new Date());
    expect(await ended()).toEqual(others.map(sidOf).sort());
    const { next } = await endedSessions(sessions.db, undefined);
    await sessions.db.sequelize.query(`UPDATE ended_sessions SET ended_at = ended_at - interval '2 minutes'`);
    expect((await endedSessions(sessions.db, next)).sessions).toEqual([]);
    await sessions.db.sequelize.query('UPDATE ended_sessions SET access_until = now()');
    expect(await ended()).toEqual([]);
    expect(await notices()).toEqual(['security.sessions_ended']);
  });

  test('of a new network are told of, but not the first one', async () => {
    await enter();
    await enter();
    expect(await notices()).toEqual([]);
    await enter(password, { ...origin, address: '198.51.100.1' });
    expect(await notices()).toEqual(['security.new_login']);
  });

  test('begin once for a login that is delivered twice', async () => {
    const id = randomUUID();
    const deliver = () => login(sessions, { email, password, origin }, new Date(), id);
    const [lost, answered] = [await deliver(), await deliver()];
    expect(await sessions.db.models.session.count()).toBe(1);
    expect([await goesOn(answered), await goesOn(lost)]).toEqual([true, true]);
  });
});
