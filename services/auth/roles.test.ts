import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';
import { setRole } from './roles.ts';

const now = new Date('2026-01-01T12:00:00.000Z');
const later = new Date(now.getTime() + 60_000);

let db: AuthDatabase;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
});
afterAll(() => db.sequelize.close());

test('a role is given and taken, each once; whoever loses it loses their sessions', async () => {
  const personId = randomUUID();
  const fields = {
    email: 'Ana@example.com',
    passwordHash: '-',
    name: null,
    locale: 'en',
    role: 'user',
  } as const;
  await db.models.person.create({ ...fields, id: personId, createdAt: now });
  const times = { createdAt: now, lastUsedAt: now, expiresAt: later, accessUntil: later };
  await db.models.session.create({ id: randomUUID(), personId, ...times, address: null, userAgent: null });
  const sessions = () => db.models.session.count({ where: { personId } });

  for (const wish of [{ email: 'ana@EXAMPLE.com' }, { personId }]) {
    expect(await setRole(db, { ...wish, role: 'admin' } as never, now)).toMatchObject({ role: 'admin' });
  }
  expect(await sessions()).toBe(1);
  await setRole(db, { personId, role: 'user' }, now);
  await setRole(db, { personId, role: 'user' }, now);
  expect(await sessions()).toBe(0);
  const [events] = await db.sequelize.query('SELECT kind, details FROM security_events');
  expect(events).toEqual([
    { kind: 'role_changed', details: { from: 'user', to: 'admin' } },
    { kind: 'role_changed', details: { from: 'admin', to: 'user' } },
  ]);
  for (const nobody of [{ email: 'no@example.com' }, { personId: randomUUID() }]) {
    const wish = setRole(db, { ...nobody, role: 'admin' } as never, now);
    await expect(wish).rejects.toMatchObject({ type: 'not_found' });
  }
});
