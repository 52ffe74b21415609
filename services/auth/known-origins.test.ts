import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { parse } from '../../lib/errors.ts';
import { registration, type Origin } from '../../lib/accounts.ts';
import { forgetOrigins, isKnownNetwork, rememberOrigin } from './known-origins.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';
import { register } from './people.ts';

const email = 'Ana@example.com';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
const home = { address: '192.0.2.1', userAgent: firefox };

let db: AuthDatabase;
let personId = '';
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
  personId = (await register(db, parse(registration, { email, password: 'long enough 1' }))).id;
});
afterAll(() => db.sequelize.close());

const remember = (origin: Origin, now = new Date()) =>
  db.sequelize.transaction((transaction) => rememberOrigin(db, personId, origin, now, transaction));

test('a login is news from a network or browser that the account was never used from', async () => {
  expect(await remember({})).toBe(false);
  expect(await remember(home)).toBe(false);
  expect(await remember(home)).toBe(false);
  expect(await remember({ ...home, userAgent: firefox.replaceAll('141.0', '142.1') })).toBe(false);
  expect(await remember({ ...home, address: '192.0.2.2' })).toBe(true);
  expect(await remember({ ...home, address: '192.0.2.2' })).toBe(false);
  expect(await remember({ ...home, userAgent: 'curl/8.1' })).toBe(true);
  expect(await remember({ address: '2001:db8::1' })).toBe(true);
  expect(await remember({ address: '2001:db8::2' })).toBe(false);
});

test('networks are known for half a year after they were used last, and no address is stored', async () => {
  const now = new Date();
  expect(await isKnownNetwork(db.sequelize, 'ana@example.com', '::ffff:192.0.2.1')).toBe(true);
  expect(await isKnownNetwork(db.sequelize, 'ana@example.com', '192.0.2.99')).toBe(false);
  expect(await isKnownNetwork(db.sequelize, 'ben@example.com', '192.0.2.1')).toBe(false);
  const [rows] = await db.sequelize.query('SELECT origin_hash FROM known_origins');
  for (const row of rows) expect(row).toEqual({ origin_hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await forgetOrigins(db, new Date(now.getTime() + 179 * 86_400_000));
  expect(await isKnownNetwork(db.sequelize, email, '192.0.2.1')).toBe(true);
  await forgetOrigins(db, new Date(now.getTime() + 181 * 86_400_000));
  expect(await isKnownNetwork(db.sequelize, email, '192.0.2.1')).toBe(false);
});
