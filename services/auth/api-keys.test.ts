import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { digestOfKeySecret, newKeySecret, readApiKey, writeApiKey } from '../../lib/api-key.ts';
import { checkKey, createKey, deleteKey, listKeys } from './api-keys.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const at = (ms: number) => new Date(start.getTime() + ms);
const unauthorized = expect.objectContaining({ type: 'unauthorized', code: 401 });
const DAY_MS = 24 * 3600 * 1000;

let db: AuthDatabase;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
});
beforeEach(() => db.sequelize.query('TRUNCATE people, durable_calls CASCADE'));
afterAll(() => db.sequelize.close());

async function addPerson(): Promise<string> {
  const id = randomUUID();
  const fields = {
    email: `${id}@example.com`,
    passwordHash: '-',
    name: null,
    locale: 'en',
    role: 'admin',
  } as const;
  await db.models.person.create({ ...fields, id, createdAt: start });
  return id;
}

const wish = (personId: string, secret = newKeySecret()) =>
  ({
    personId,
    name: 'backup',
    scope: 'read',
    expiresDays: null,
    secretSha256: digestOfKeySecret(secret),
  }) as const;
const digestOf = (id: string, secret: string) => {
  const digest = readApiKey(writeApiKey(id, secret));
  if (!digest) throw new Error('This is no key');
  return digest;
};

describe('an API key', () => {
  test('tells who calls, as an ordinary person whoever they are', async () => {
    const personId = await addPerson();
    const secret = newKeySecret();
    const { id } = await createKey(db, wish(personId, secret), start);
    const expected = { personId, role: 'user', sessionId: null, scope: 'read' };
    expect(await checkKey(db, digestOf(id, secret), start)).toEqual(expected);
    await expect(checkKey(db, digestOf(id, newKeySecret()), start)).rejects.toEqual(unauthorized);
    await expect(checkKey(db, digestOf(randomUUID(), secret), start)).rejects.toEqual(unauthorized);
  });

  test('is the same key when the request comes again, and is told of once', async () => {
    const personId = await addPerson();
    const same = wish(personId);
    const made = await Promise.all([createKey(db, same, start), createKey(db, same, start)]);
    expect(made[0]).toEqual(made[1]);
    expect((await listKeys(db, { personId })).items).toEqual([made[0]]);
    const [calls] = await db.sequelize.query('SELECT params FROM durable_calls');
    expect(calls).toEqual([
      { params: expect.objectContaining({ personId, kind: 'security.api_key_created' }) },
    ]);
    const [events] = await db.sequelize.query('SELECT kind, details FROM security_events');
    expect(events).toEqual([{ kind: 'api_key_created', details: { name: 'backup', scope: 'read' } }]);
  });

  test('works until it expires, or is deleted by its owner', async () => {
    const personId = await addPerson();
    const secret = newKeySecret();
    const { id } = await createKey(db, { ...wish(personId, secret), expiresDays: 1 }, start);
    const digest = digestOf(id, secret);
    await checkKey(db, digest, at(DAY_MS - 1));
    await expect(checkKey(db, digest, at(DAY_MS))).rejects.toEqual(unauthorized);
    const stranger = deleteKey(db, { personId: await addPerson(), id }, start);
    await expect(stranger).rejects.toMatchObject({ type: 'not_found' });
    await deleteKey(db, { personId, id }, start, 'request');
    await deleteKey(db, { personId, id }, start, 'request');
    await expect(checkKey(db, digest, start)).rejects.toEqual(unauthorized);
    await expect(deleteKey(db, { personId, id }, start)).rejects.toMatchObject({ type: 'not_found' });
    await expect(deleteKey(db, { personId, id: 'x' }, start)).rejects.toMatchObject({ type: 'not_found' });
  });

  test('notes its use once a minute', async () => {
    const personId = await addPerson();
    const secret = newKeySecret();
    const { id } = await createKey(db, wish(personId, secret), start);
    const lastUse = async () => (await listKeys(db, { personId })).items[0]?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    for (const [ms, expected] of [
      [1000, 1000],
      [60_999, 1000],
      [61_001, 61_001],
    ] as const) {
      await checkKey(db, digestOf(id, secret), at(ms));
      expect(await lastUse()).toBe(at(expected).toISOString());
    }
  });

  test('is one of fifty at most, also when many are made at once', async () => {
    const personId = await addPerson();
    const made = await Promise.allSettled(
      Array.from({ length: 55 }, () => createKey(db, wish(personId), start)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    expect((await listKeys(db, { personId })).items).toHaveLength(50);
    await expect(createKey(db, wish(personId), start)).rejects.toMatchObject({ type: 'invalid_state' });
  });

  test('is not made for a person who is gone', async () => {
    await expect(createKey(db, wish(randomUUID()), start)).rejects.toEqual(unauthorized);
  });
});
