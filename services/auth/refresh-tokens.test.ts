import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import { createTestDatabase } from '../../test/support/database.ts';
import { parse } from '../../lib/errors.ts';
import { registration } from '../../lib/accounts.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';
import { register } from './people.ts';
import { removeExpired, revokeFamily, rotate, startFamily } from './refresh-tokens.ts';

const DAYS = 30;
const SESSION_DAYS = 90;
const lives = { accessTokenSeconds: 900, refreshTokenDays: DAYS, sessionDays: SESSION_DAYS };
const DAY_MS = 86_400_000;
const invalid = expect.objectContaining({ type: 'invalid_token', code: 401 });

let db: AuthDatabase;
let personId = '';
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
  const person = parse(registration, { email: 'ana@example.com', password: 'long enough 1' });
  personId = (await register(db, person)).id;
});
beforeEach(async () => {
  await db.models.refreshToken.destroy({ where: {} });
  await db.models.session.destroy({ where: {} });
});
afterAll(() => db.sequelize.close());

const start = async (now = new Date(), id = randomUUID()) =>
  (await db.sequelize.transaction((t) => startFamily(db, { personId, id }, lives, now, t))).refreshToken;
const next = async (token: string, now?: Date) => (await rotate(db, token, lives, {}, now)).refreshToken;
const families = async () =>
  new Set((await db.models.refreshToken.findAll({ raw: true })).map(({ familyId }) => familyId)).size;

describe('a refresh token', () => {
  test('is random, and only its hash is stored', async () => {
    const tokens = await Promise.all([start(), start()]);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const rows = await db.models.refreshToken.findAll({ raw: true });
    const hashes = tokens.map((token) => createHash('sha256').update(token).digest('base64url'));
    expect(rows.map(({ tokenHash }) => tokenHash).sort()).toEqual(hashes.sort());
  });

  test('is exchanged for a new one of the same person', async () => {
    const first = await start();
    const { person, refreshToken } = await rotate(db, first, lives);
    expect(person.id).toBe(personId);
    expect(refreshToken).not.toBe(first);
    expect(await next(refreshToken)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('used twice ends its whole family, and no other', async () => {
    const other = await start();
    const first = await start();
    const second = await next(first);
    const third = await next(second);
    await expect(next(first)).rejects.toEqual(invalid);
    await expect(next(third)).rejects.toEqual(invalid);
    await expect(next(second)).rejects.toEqual(invalid);
    expect([await families(), await db.models.session.count()]).toEqual([1, 1]);
    expect(await next(other)).toBeTruthy();
  });

  test('used twice is in the log of its person, who is told, once for each family', async () => {
    const count = async (sql: string) => (await db.sequelize.query(sql, { type: QueryTypes.SELECT })).length;
    const seen = async () => [
      await count("SELECT 1 FROM security_events WHERE kind = 'refresh_token_reused'"),
      await count("SELECT 1 FROM durable_calls WHERE params::text LIKE '%security.sessions_ended%'"),
    ];
    const first = await start();
    await next(await next(first));
    const before = await seen();
    await expect(next(first)).rejects.toEqual(invalid);
    await expect(next(first)).rejects.toEqual(invalid);
    expect(await seen()).toEqual(before.map((times) => times + 1));
  });

  test('has one successor more when its request is delivered again, and ends nothing', async () => {
    const first = await start();
    const deliver = () => rotate(db, first, lives, {}, new Date(), 'the request');
    const { refreshToken: lost } = await deliver();
    const { refreshToken: answered } = await deliver();
    expect(answered).not.toBe(lost);
    expect(await next(answered)).toBeTruthy();
    await expect(next(first)).rejects.toEqual(invalid);
    await expect(deliver()).rejects.toEqual(invalid);
    await expect(next(lost)).rejects.toEqual(invalid);
  });

  test('exchanged by many at the same time gives one successor', async () => {
    const first = await start();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => next(first)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toEqual(invalid);
    }
    expect([await families(), await db.models.session.count()]).toEqual([0, 0]);
  });

  test('that is issued while its family ends does not outlive it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const first = await start();
      const second = await next(first);
      const [, issued] = await Promise.allSettled([next(first), next(second)]);
      if (issued.status === 'fulfilled') await expect(next(issued.value)).rejects.toEqual(invalid);
      expect([await families(), await db.models.session.count()]).toEqual([0, 0]);
    }
  });

  test('is refused when it has expired, which each exchange puts off', async () => {
    const now = Date.now();
    const first = await start(new Date(now));
    const second = await next(first, new Date(now + DAYS * DAY_MS - 1));
    await expect(next(second, new Date(now + 2 * DAYS * DAY_MS - 1))).rejects.toEqual(invalid);
    expect(await next(second, new Date(now + 2 * DAYS * DAY_MS - 2))).toBeTruthy();
  });

  test('ends with its session, however often it is exchanged', async () => {
    const login = Date.now();
    const at = (days: number) => new Date(login + days * DAY_MS);
    let token = await start(at(0));
    for (const day of [29, 58, 87]) token = await next(token, at(day));
    const last = await next(token, new Date(at(SESSION_DAYS).getTime() - 1));
    await expect(next(last, at(SESSION_DAYS))).rejects.toEqual(invalid);
    const session = await db.models.session.findOne();
    expect(session?.expiresAt).toEqual(at(SESSION_DAYS));
  });

  test('of a session that has become too old by another setting is refused', async () => {
    const login = Date.now();
    const token = await start(new Date(login));
    const shorter = { ...lives, sessionDays: 1 };
    const tooLate = rotate(db, token, shorter, {}, new Date(login + DAY_MS));
    await expect(tooLate).rejects.toEqual(invalid);
    await expect(rotate(db, token, shorter, {}, new Date(login + DAY_MS - 1))).resolves.toBeTruthy();
  });

  test('whose exchange fails on our side was not used', async () => {
    const first = await start();
    const endless = { ...lives, refreshTokenDays: NaN };
    await expect(rotate(db, first, endless, {})).rejects.not.toEqual(invalid);
    expect(await next(first)).toBeTruthy();
  });

  test('that we never issued is refused', async () => {
    const token = await start();
    for (const forged of ['', token.slice(1), `${token}=`, "' OR 1=1 --", '\0', '\ud800']) {
      await expect(next(forged)).rejects.toEqual(invalid);
    }
    expect(await next(token)).toBeTruthy();
  });
});

describe('logging out', () => {
  test('ends the family, by any of its tokens, as often as one likes', async () => {
    const other = await start();
    const first = await start();
    const second = await next(first);
    await revokeFamily(db, first);
    await revokeFamily(db, first);
    await revokeFamily(db, second);
    await expect(next(second)).rejects.toEqual(invalid);
    const [ends] = await db.sequelize.query("SELECT 1 FROM security_events WHERE kind = 'logged_out'");
    expect(ends).toHaveLength(1);
    expect(await next(other)).toBeTruthy();
  });

  test('with an unknown token changes nothing', async () => {
    const token = await start();
    await revokeFamily(db, 'never issued');
    expect(await next(token)).toBeTruthy();
  });
});

test('expired tokens are removed, used or not, and others stay', async () => {
  const now = Date.now();
  const first = await start(new Date(now - DAYS * DAY_MS - 1000));
  const second = await next(first, new Date(now - DAYS * DAY_MS - 1000));
  const third = await next(second, new Date(now - DAYS * DAY_MS + 1000 - 2000));
  const current = await start();
  const fourth = await next(third, new Date(now - 60_000));
  await removeExpired(db, new Date(now));
  const hashes = [current, fourth].map((token) => createHash('sha256').update(token).digest('base64url'));
  const rows = await db.models.refreshToken.findAll({ raw: true });
  expect(rows.map(({ tokenHash }) => tokenHash).sort()).toEqual(hashes.sort());
});
