import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '../../test/support/database.ts';
import { parse } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { registration } from '../../lib/accounts.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';
import { verifyPassword } from './passwords.ts';
import { ensureAdmin, findByEmail, getPerson, register } from './people.ts';

const password = 'long enough 1';
const input = (fields: object) => parse(registration, { password, ...fields });

let db: AuthDatabase;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
});
beforeEach(() => db.models.person.destroy({ where: {} }));
afterAll(() => db.sequelize.close());

describe('register', () => {
  test('makes an account with defaults, the password hashed', async () => {
    const now = new Date('2026-03-01T12:00:00.123Z');
    const person = await register(db, input({ email: '  Ana@Example.com ' }), 'user', now);
    expect(person).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'Ana@Example.com',
      name: null,
      locale: 'en',
      role: 'user',
      emailVerified: false,
      secondFactor: false,
      createdAt: '2026-03-01T12:00:00.123Z',
    });
    expect(await getPerson(db, person.id)).toEqual(person);
    const row = await findByEmail(db, 'ana@EXAMPLE.com');
    expect(row?.id).toBe(person.id);
    expect(await verifyPassword(password, row?.passwordHash)).toBe(true);
  });

  test('takes an address once, whatever its case', async () => {
    await register(db, input({ email: 'ana@example.com' }));
    for (const email of ['ana@example.com', 'ANA@example.COM']) {
      await expect(register(db, input({ email }))).rejects.toMatchObject({ type: 'email_taken', code: 409 });
    }
    expect(await db.models.person.count()).toBe(1);
  });

  test.each([
    '\u212Aim@example.com',
    'k\u0131m@example.com',
    'kim@example\u3002com',
    'kim\u200B@example.com',
  ])('takes %j, which looks like kim’s address, for nobody’s', async (lookalike) => {
    await register(db, input({ email: 'kim@example.com' }));
    expect(await findByEmail(db, lookalike)).toBeNull();
    expect(() => input({ email: lookalike })).toThrow(expect.objectContaining({ type: 'validation_failed' }));
  });

  test('finds its account made when the request is delivered again', async () => {
    const ana = input({ email: 'ana@example.com' });
    const requestId = randomUUID();
    const person = await register(db, ana, 'user', new Date(), requestId);
    expect(await register(db, ana, 'user', new Date(), requestId)).toEqual(person);
    await expect(register(db, ana, 'user', new Date(), randomUUID())).rejects.toMatchObject({
      type: 'email_taken',
    });
  });

  test('takes an address once when many come at the same time', async () => {
    const emails = Array.from({ length: 10 }, (_, i) => (i % 2 ? 'ana@example.com' : 'Ana@Example.com'));
    const results = await Promise.allSettled(emails.map((email) => register(db, input({ email }))));
    const refusals = results.filter((result) => result.status === 'rejected');
    expect(refusals).toHaveLength(9);
    for (const { reason } of refusals) expect(reason).toMatchObject({ type: 'email_taken' });
    expect(await db.models.person.count()).toBe(1);
  });

  test('stores SQL and path characters as what they are', async () => {
    const email = `o'brien/../--{$1}%_@example.com`;
    const name = `Robert'); DROP TABLE people;-- :id $1 ? ../../etc/passwd 名前 🎬 \\`;
    const person = await register(db, input({ email, name, locale: 'pt-BR' }));
    expect(await getPerson(db, person.id)).toMatchObject({ email, name, locale: 'pt-BR' });
    expect((await findByEmail(db, email))?.id).toBe(person.id);
    expect(await findByEmail(db, "' OR '1'='1")).toBeNull();
    expect(await findByEmail(db, '%@example.com')).toBeNull();
  });
});

describe('the registration form', () => {
  const refused = (fields: object, path: string) =>
    expect(() => input({ email: 'ana@example.com', ...fields })).toThrow(
      expect.objectContaining({
        type: 'validation_failed',
        data: { errors: expect.arrayContaining([expect.objectContaining({ path })]) },
      }),
    );

  test('refuses what is not an e-mail address', () => {
    const wrong = [
      '',
      'ana',
      '@example.com',
      'a b@example.com',
      'a@x.com\r\nBcc: b@x.com',
      'a@x.com,b@x.com',
    ];
    for (const email of [...wrong, '<a@x.com>', `${'a'.repeat(243)}@example.com`, 7, null]) {
      refused({ email }, 'email');
    }
    expect(input({ email: `${'a'.repeat(242)}@example.com` }).email).toHaveLength(254);
  });

  test('refuses passwords that are too short or too long', () => {
    for (const wrong of ['123456789', 'x'.repeat(201), 1234567890]) refused({ password: wrong }, 'password');
  });

  test('refuses other languages, long names and control characters', () => {
    refused({ locale: 'de' }, 'locale');
    refused({ name: 'x'.repeat(101) }, 'name');
    for (const name of ['a\0b', 'Ana\nBcc: all']) refused({ name }, 'name');
    expect(input({ email: 'ana@example.com', name: '  ' }).name).toBeNull();
  });

  test('refuses fields it does not know', () => {
    refused({ role: 'admin' }, '');
  });
});

test('getPerson answers not_found for nobody', async () => {
  await expect(getPerson(db, randomUUID())).rejects.toMatchObject({ type: 'not_found' });
});

describe('the configured administrator', () => {
  const admin = { email: 'root@example.com', password: 'a very long secret' };

  test('is made once, also by replicas that start at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => ensureAdmin(db, admin, silentLogger)));
    await ensureAdmin(db, { ...admin, password: 'another long secret' }, silentLogger);
    const row = await findByEmail(db, admin.email);
    expect(row?.role).toBe('admin');
    expect(await verifyPassword(admin.password, row?.passwordHash)).toBe(true);
    expect(await db.models.person.count()).toBe(1);
  });

  test('is not made of an account that somebody registered before, and the log says so', async () => {
    const person = await register(db, input({ email: 'Root@Example.com' }));
    const warnings: unknown[] = [];
    await ensureAdmin(db, admin, { ...silentLogger, warn: (text) => warnings.push(text) });
    expect(await getPerson(db, person.id)).toEqual(person);
    expect(warnings).toEqual([expect.stringContaining('was not made an administrator')]);
  });
});
