import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { registration } from '../../../lib/accounts.ts';
import { peopleQuery } from '../../../lib/administration/requests.ts';
import { entryOf } from '../../../lib/administration/deeds.ts';
import { digestOfKeySecret, newKeySecret, readApiKey, writeApiKey } from '../../../lib/api-key.ts';
import { parse } from '../../../lib/errors.ts';
import { createTestDatabase } from '../../../test/support/database.ts';
import { checkKey, createKey } from '../api-keys.ts';
import { createLoginThrottle } from '../login-throttle.ts';
import { migrations } from '../migrations.ts';
import { defineModels } from '../models.ts';
import { register } from '../people.ts';
import { setRole } from '../roles.ts';
import { listSecurityEvents } from '../security-events.ts';
import { endedSessions } from '../session-endings.ts';
import { login, refresh, type Sessions } from '../sessions.ts';
import { loadSigningKey } from '../signing-key.ts';
import { deedQuery, forgetDeeds, listDeeds, writeDeed } from './deed-log.ts';
import { listPeople, readPerson } from './people.ts';
import { endPersonSessions, setDisabled } from './person-deeds.ts';

const password = 'long enough 1';
const by = 'operator';
const now = new Date();

let folder: string;
let sessions: Sessions;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'administration-'));
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
beforeEach(() => sessions.db.sequelize.query('TRUNCATE people, deeds, durable_calls CASCADE'));
afterAll(async () => {
  await sessions.db.sequelize.close();
  await rm(folder, { recursive: true });
});

const add = (email: string, fields: { name?: string } = {}, at = now) =>
  register(sessions.db, parse(registration, { ...fields, email, password }), 'user', at);
const list = (query: object) => listPeople(sessions.db, peopleQuery.parse(query), now);
const enter = (email: string, word = password) => login(sessions, { email, password: word }, now);
const deeds = async () => (await listDeeds(sessions.db, deedQuery.parse({}))).items;
const kinds = async (personId: string) =>
  (await listSecurityEvents(sessions.db, { personId, limit: 50 })).items.map(({ kind }) => kind);

test('people are found by address, name, role and state, page by page', async () => {
  const minute = (n: number) => new Date(now.getTime() + n * 60_000);
  const names = ['ana', 'ben', 'eva_1'];
  for (const [n, name] of names.entries())
    await add(`${name}@example.com`, { name: name.toUpperCase() }, minute(n));
  await setRole(sessions.db, { email: 'ben@example.com', role: 'admin', by }, now);
  await setDisabled(sessions.db, { email: 'ANA@example.com', disabled: true, by }, now);
  const found = async (query: object) => (await list(query)).items.map(({ email }) => email.split('@')[0]);

  expect(await found({})).toEqual(['eva_1', 'ben', 'ana']);
  expect(await found({ search: 'A_1@' })).toEqual(['eva_1']);
  expect(await found({ search: 'bEn' })).toEqual(['ben']);
  expect(await found({ search: '%' })).toEqual([]);
  expect(await found({ role: 'admin' })).toEqual(['ben']);
  expect(await found({ disabled: true })).toEqual(['ana']);
  expect(await found({ disabled: false })).toEqual(['eva_1', 'ben']);
  const first = await list({ limit: 2 });
  const second = await list({ limit: 2, cursor: first.nextCursor });
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['EVA_1', 'BEN', 'ANA']);
  expect(second.nextCursor).toBeNull();
  await expect(list({ cursor: 'none of ours' })).rejects.toMatchObject({ type: 'validation_failed' });
});

test('who is shut out can’t log in, has no session and no key that works, until they are let in again', async () => {
  const { id: personId, email } = await add('ana@example.com');
  const pair = await enter(email);
  const secret = newKeySecret();
  const key = {
    name: 'k',
    scope: 'read',
    expiresDays: null,
    secretSha256: digestOfKeySecret(secret),
  } as const;
  const { id } = await createKey(sessions.db, { personId, ...key }, now);
  const digest = readApiKey(writeApiKey(id, secret));
  if (!digest) throw new Error('This is no key');
  expect(await readPerson(sessions.db, { email: 'Ana@Example.com' }, now)).toMatchObject({
    ...{
      id: personId,
      role: 'user',
      disabledAt: null,
      sessions: 1,
      apiKeys: 1,
      lastUsedAt: now.toISOString(),
    },
    ...{ emailVerified: false, secondFactor: false },
  });

  for (let times = 0; times < 2; times += 1)
    await setDisabled(sessions.db, { personId, disabled: true, by }, now);
  expect(await readPerson(sessions.db, { personId }, now)).toMatchObject({
    ...{ disabledAt: now.toISOString(), sessions: 0 },
  });
  await expect(enter(email)).rejects.toMatchObject({ type: 'account_disabled', code: 403 });
  await expect(enter(email, 'not the password')).rejects.toMatchObject({ type: 'invalid_credentials' });
  await expect(refresh(sessions, pair.refreshToken)).rejects.toMatchObject({ type: 'invalid_token' });
  await expect(checkKey(sessions.db, digest, now)).rejects.toMatchObject({ type: 'unauthorized' });
  expect((await endedSessions(sessions.db, undefined)).sessions).toHaveLength(1);

  for (let times = 0; times < 2; times += 1)
    await setDisabled(sessions.db, { personId, disabled: false, by }, now);
  expect(await enter(email)).toMatchObject({ tokenType: 'Bearer' });
  expect(await checkKey(sessions.db, digest, now)).toMatchObject({ personId });
  const told = (await deeds()).map(({ deed, about, by: who }) => ({ deed, about, who }));
  expect(told).toHaveLength(2);
  expect(told).toEqual(
    expect.arrayContaining([
      { deed: 'person_disabled', about: personId, who: by },
      { deed: 'person_enabled', about: personId, who: by },
    ]),
  );
  expect(await kinds(personId)).toEqual(expect.arrayContaining(['account_disabled', 'account_enabled']));
});

test('who is shut out while their login is checked does not get in', async () => {
  const { id: personId, email } = await add('ana@example.com');
  const late: Sessions = {
    ...sessions,
    checkCode: async () => {
      await setDisabled(sessions.db, { personId, disabled: true, by }, now);
    },
  };
  await expect(login(late, { email, password }, now)).rejects.toMatchObject({ type: 'account_disabled' });
  expect(await sessions.db.models.session.count({ where: { personId } })).toBe(0);
});

test('all sessions of a person are ended', async () => {
  const { id: personId, email } = await add('ana@example.com');
  await enter(email);
  await enter(email);
  expect(await endPersonSessions(sessions.db, { email, by }, now)).toEqual({ count: 2 });
  expect(await endPersonSessions(sessions.db, { personId, by }, now)).toEqual({ count: 0 });
  expect((await kinds(personId)).filter((kind) => kind === 'sessions_ended')).toHaveLength(1);
  expect((await deeds()).map(({ deed, details }) => [deed, details.count])).toEqual(
    expect.arrayContaining([
      ['sessions_ended', 2],
      ['sessions_ended', 0],
    ]),
  );
});

test('nobody shuts themself out or takes their own rights; people who are not there are not found', async () => {
  const { id: personId } = await add('ana@example.com');
  await setRole(sessions.db, { personId, role: 'admin', by }, now);
  const own = { personId, by: personId };
  await expect(setDisabled(sessions.db, { ...own, disabled: true }, now)).rejects.toMatchObject({
    type: 'invalid_state',
  });
  await expect(setRole(sessions.db, { ...own, role: 'user' }, now)).rejects.toMatchObject({
    type: 'invalid_state',
  });
  for (const nobody of [{ personId: randomUUID() }, { email: 'nobody@example.com' }, {}]) {
    const missing = { type: 'not_found' };
    await expect(setDisabled(sessions.db, { ...nobody, disabled: true, by }, now)).rejects.toMatchObject(
      missing,
    );
    await expect(endPersonSessions(sessions.db, { ...nobody, by }, now)).rejects.toMatchObject(missing);
    await expect(readPerson(sessions.db, nobody, now)).rejects.toMatchObject(missing);
  }
});

test('the log of deeds has each once, newest first, for two years', async () => {
  const day = 24 * 3600 * 1000;
  const at = (days: number) => new Date(now.getTime() - days * day);
  const entries = [0, 1, 2, 800].map((days) =>
    entryOf({ by, deed: 'node_drained', about: null, details: { days } }, at(days)),
  );
  for (const entry of [...entries, ...entries]) await writeDeed(sessions.db, entry);
  expect(await deeds()).toEqual(entries);
  const first = await listDeeds(sessions.db, deedQuery.parse({ limit: 3 }));
  const rest = await listDeeds(sessions.db, deedQuery.parse({ limit: 3, cursor: first.nextCursor }));
  expect([...first.items, ...rest.items]).toEqual(entries);
  await forgetDeeds(sessions.db, now);
  expect(await deeds()).toHaveLength(3);
});
