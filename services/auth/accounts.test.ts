import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createTestDatabase } from '../../test/support/database.ts';
import { registration } from '../../lib/accounts.ts';
import { HOUR_SECONDS, perNetwork } from '../../lib/counters.ts';
import { parse } from '../../lib/errors.ts';
import {
  beginReset,
  changeProfile,
  forgotPassword,
  registerPerson,
  resendVerification,
  verifyEmail,
  type Accounts,
} from './accounts.ts';
import { createCounter } from './counters.ts';
import { createLetterThrottle } from './letter-throttle.ts';
import { forgetLetterTokens, letterSecretOf, letterToken } from './letter-tokens.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { getPerson } from './people.ts';
import { listSecurityEvents } from './security-events.ts';

const HOUR_MS = 3_600_000;
const registrationsOf = (sequelize: Sequelize, points: number) =>
  perNetwork(createCounter(sequelize, 'registrations', points, HOUR_SECONDS));
const origin = { address: '192.0.2.1', userAgent: 'Browser/1.0' };
const request = (now = new Date(), id: string = randomUUID()) => ({ id, origin, now });

let accounts: Accounts;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  accounts = {
    db: { sequelize, models: defineModels(sequelize) },
    letterSecret: letterSecretOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    letters: createLetterThrottle(sequelize),
    registrations: registrationsOf(sequelize, 1000),
  };
});
beforeEach(async () => {
  for (const table of ['people', 'durable_calls', 'login_attempts']) {
    await accounts.db.sequelize.query(`DELETE FROM ${table}`);
  }
});
afterAll(() => accounts.db.sequelize.close());

const add = (now?: Date) =>
  registerPerson(
    accounts,
    parse(registration, { email: 'Ana@example.com', password: 'long enough 1' }),
    request(now),
  );

interface Promised {
  action: string;
  params: { kind: string; data: { tokenId: string } };
}
const promised = (action: string) =>
  accounts.db.sequelize.query<Promised>(
    'SELECT action, params FROM durable_calls WHERE action = :action ORDER BY created_at',
    { replacements: { action }, type: QueryTypes.SELECT },
  );
/** The tokens of the letters of a kind that were sent, oldest first; null where the letter would not be sent any more. */
async function tokens(kind: string, now = new Date()): Promise<(string | null)[]> {
  const letters = (await promised('notify.tell')).filter(({ params }) => params.kind === kind);
  const token = async ({ params }: Promised) =>
    letterToken(accounts.db, [accounts.letterSecret], params.data.tokenId, now).then(
      (found) => found.token,
      () => null,
    );
  return Promise.all(letters.map(token));
}
const kinds = async (personId: string) =>
  (await listSecurityEvents(accounts.db, { personId, limit: 50 })).items.map(({ kind }) => kind);

describe('verifying an address', () => {
  test('takes the token of the letter once, and nothing secret is stored', async () => {
    const person = await add();
    expect(person.emailVerified).toBe(false);
    const [token = ''] = await tokens('account.verify');
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const dump = JSON.stringify([
      await promised('notify.tell'),
      await accounts.db.models.letterToken.findAll({ raw: true }),
    ]);
    expect(dump).not.toContain(token);
    const first = request();
    await verifyEmail(accounts.db, token ?? '', first);
    await verifyEmail(accounts.db, token ?? '', first);
    expect((await getPerson(accounts.db, person.id)).emailVerified).toBe(true);
    await expect(verifyEmail(accounts.db, token ?? '', request())).rejects.toMatchObject({
      type: 'not_found',
    });
    expect((await kinds(person.id)).sort()).toEqual(['email_verified', 'registered']);
    await resendVerification(accounts, person.id, request());
    expect(await promised('notify.tell')).toHaveLength(1);
  });

  test('works for two days, then says that it is too late', async () => {
    const start = new Date('2026-03-01T12:00:00Z');
    const person = await add(start);
    const [token = ''] = await tokens('account.verify', start);
    const later = (hours: number) => request(new Date(start.getTime() + hours * HOUR_MS));
    await expect(verifyEmail(accounts.db, token ?? '', later(48))).rejects.toMatchObject({ type: 'expired' });
    await forgetLetterTokens(accounts.db, later(49).now);
    await expect(verifyEmail(accounts.db, token ?? '', later(49))).rejects.toMatchObject({ type: 'expired' });
    expect(await tokens('account.verify', later(48).now)).toEqual([null]);
    await resendVerification(accounts, person.id, later(49));
    const [, second] = await tokens('account.verify', later(49).now);
    await verifyEmail(accounts.db, second ?? '', later(96));
    await forgetLetterTokens(accounts.db, later(24 * 10).now);
    await expect(verifyEmail(accounts.db, token ?? '', later(49))).rejects.toMatchObject({
      type: 'not_found',
    });
  });

  test('is offered three times in an hour', async () => {
    const { id } = await add();
    for (let i = 0; i < 3; i += 1) await resendVerification(accounts, id, request());
    await expect(resendVerification(accounts, id, request())).rejects.toMatchObject({
      type: 'too_many_requests',
      data: { retryAfterSeconds: expect.any(Number) },
    });
    expect(await promised('notify.tell')).toHaveLength(4);
  });

  test('refuses what is no token, or another letter’s', async () => {
    const { email } = await add();
    await beginReset(accounts, email, request());
    const [reset = ''] = await tokens('account.reset');
    for (const wrong of [reset ?? '', '', "' OR 1=1 --", '\0']) {
      await expect(verifyEmail(accounts.db, wrong, request())).rejects.toMatchObject({ type: 'not_found' });
    }
  });
});

test('registering very many people from one network leaves their letters out', async () => {
  const letters = createLetterThrottle(accounts.db.sequelize, { registrationsPerNetwork: 2 });
  for (const n of [1, 2, 3]) {
    const input = parse(registration, { email: `p${n}@example.com`, password: 'long enough 1' });
    await registerPerson({ ...accounts, letters }, input, request());
  }
  expect(await accounts.db.models.person.count()).toBe(3);
  expect(await promised('notify.tell')).toHaveLength(2);
});

test('one network registers so many people in an hour, whichever replicas it asks', async () => {
  const { sequelize } = accounts.db;
  const [one, other] = [registrationsOf(sequelize, 3), registrationsOf(sequelize, 3)];
  const tries = Array.from({ length: 8 }, (_, n) => {
    const input = parse(registration, { email: `m${n}@example.com`, password: 'long enough 1' });
    const registrations = n % 2 === 0 ? one : other;
    return registerPerson({ ...accounts, registrations }, input, request());
  });
  const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(5);
  expect(refused[0]).toMatchObject({
    reason: { type: 'too_many_requests', data: { retryAfterSeconds: expect.any(Number) } },
  });
  expect(await accounts.db.models.person.count()).toBe(3);
});

test('registering a stranger’s address and deleting the account writes to them thrice an hour', async () => {
  for (let n = 0; n < 5; n += 1) {
    await accounts.db.models.person.destroy({ where: { id: (await add()).id } });
  }
  expect(await promised('notify.tell')).toHaveLength(3);
});

test('a letter is not sent when another signing key has come since', async () => {
  await add();
  const [letter] = await promised('notify.tell');
  const other = letterSecretOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const asked = letterToken(accounts.db, [other], letter?.params.data.tokenId ?? '', new Date());
  await expect(asked).rejects.toMatchObject({ type: 'not_found' });
});

describe('a forgotten password', () => {
  test('has the same done for an address without an account, up to the answer', async () => {
    await add();
    for (const email of ['ana@example.com', 'nobody@example.com']) {
      const asked = request();
      await forgotPassword(accounts, email, asked);
      await forgotPassword(accounts, email, asked);
    }
    const calls = await promised('auth.beginReset');
    expect(calls.map(({ params }) => params)).toEqual([
      { email: 'ana@example.com', origin, requestId: expect.any(String) },
      { email: 'nobody@example.com', origin, requestId: expect.any(String) },
    ]);
    expect(await tokens('account.reset')).toEqual([]);
  });

  test('is sent a letter once for each request, which replaces older ones', async () => {
    const { id, email } = await add();
    const asked = request(new Date(Date.now() - 1000));
    await beginReset(accounts, email.toUpperCase(), asked);
    await beginReset(accounts, email, asked);
    await beginReset(accounts, 'nobody@example.com', request());
    expect(await tokens('account.reset')).toEqual([expect.any(String)]);
    await beginReset(accounts, email, request());
    expect(await tokens('account.reset')).toEqual([null, expect.any(String)]);
    expect(await kinds(id)).toContain('password_reset_requested');
  });

  test('is throttled for each address in silence, and for each network aloud', async () => {
    for (let i = 0; i < 5; i += 1) await forgotPassword(accounts, 'ana@example.com', request());
    expect(await promised('auth.beginReset')).toHaveLength(3);
    for (let i = 0; i < 15; i += 1) await forgotPassword(accounts, `p${i}@example.com`, request());
    await expect(forgotPassword(accounts, 'ben@example.com', request())).rejects.toMatchObject({
      type: 'too_many_requests',
    });
  });
});

test('a profile changes what is given, and the log names it', async () => {
  const { id } = await add();
  expect(await changeProfile(accounts.db, id, { name: 'Ana' }, request())).toMatchObject({
    name: 'Ana',
    locale: 'en',
  });
  expect(await changeProfile(accounts.db, id, { locale: 'pt-BR' }, request())).toMatchObject({
    name: 'Ana',
    locale: 'pt-BR',
  });
  await changeProfile(accounts.db, id, { name: 'Ana' }, request());
  expect(await changeProfile(accounts.db, id, { name: null }, request())).toMatchObject({ name: null });
  const { items } = await listSecurityEvents(accounts.db, { personId: id, limit: 50 });
  const changes = items.filter(({ kind }) => kind === 'profile_changed');
  expect(changes.map(({ details }) => details.fields).sort()).toEqual(['locale', 'name', 'name']);
  await expect(changeProfile(accounts.db, randomUUID(), {}, request())).rejects.toMatchObject({
    type: 'not_found',
  });
});
