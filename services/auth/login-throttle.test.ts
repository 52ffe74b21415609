import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { createDatabase, migrate } from '../../lib/database.ts';
import { problemCode } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { removeExpiredCounters } from './counters.ts';
import { rememberOrigin } from './known-origins.ts';
import { createLoginThrottle, type LoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';

const refused = expect.objectContaining({ type: 'too_many_requests', code: 429 });

/** Two replicas, each with connections of its own. */
let databases: [Sequelize, Sequelize];
let replicas: [LoginThrottle, LoginThrottle];

beforeAll(async () => {
  const url = await emptyDatabaseUrl();
  databases = [createDatabase(url), createDatabase(url)];
  await migrate(databases[0], migrations, silentLogger);
  replicas = [createLoginThrottle(databases[0]), createLoginThrottle(databases[1])];
});
beforeEach(() => databases[0].query('DELETE FROM login_attempts'));
afterAll(() => Promise.all(databases.map((database) => database.close())));

/** Begin logins that then fail; how many of them were let through. */
async function fail(times: number, email: string, address?: string): Promise<number> {
  const attempts = Array.from({ length: times }, (_, i) =>
    replicas[i % 2 === 0 ? 0 : 1].begin(email, address).then(
      () => 1,
      (error: unknown) => {
        if (problemCode(error) !== 'too_many_requests') throw error;
        return 0;
      },
    ),
  );
  return (await Promise.all(attempts)).reduce<number>((sum, one) => sum + one, 0);
}

describe('the login throttle', () => {
  test('lets an account fail ten times from an address, all replicas and requests at once together', async () => {
    expect(await fail(40, 'ana@example.com', '192.0.2.1')).toBe(10);
    await expect(replicas[1].begin('ANA@example.com', '192.0.2.1')).rejects.toEqual(refused);
  });

  test('says when to come again', async () => {
    await fail(10, 'ana@example.com', '192.0.2.1');
    const error: unknown = await replicas[0].begin('ana@example.com', '192.0.2.1').catch((e: unknown) => e);
    const { retryAfterSeconds } = (error as { data: { retryAfterSeconds: number } }).data;
    expect(retryAfterSeconds).toBeGreaterThan(880);
    expect(retryAfterSeconds).toBeLessThanOrEqual(900);
  });

  test('does not lock a person out for what a stranger does at another address', async () => {
    expect(await fail(11, 'ana@example.com', '192.0.2.1')).toBe(10);
    expect(await fail(1, 'ana@example.com', '192.0.2.2')).toBe(1);
    expect(await fail(1, 'ben@example.com', '192.0.2.1')).toBe(1);
  });

  test('lets an address fail a hundred times, whatever the accounts', async () => {
    let passed = 0;
    for (let i = 0; i < 12; i += 1) passed += await fail(10, `person${i}@example.com`, '192.0.2.1');
    expect(passed).toBe(100);
    expect(await fail(1, 'ana@example.com', '192.0.2.2')).toBe(1);
  });

  test('takes logins whose address nobody knows for no one network’s', async () => {
    const strict = createLoginThrottle(databases[0], { perPair: 5, perAddress: 1, windowSeconds: 900 });
    for (const name of ['ana', 'ben', 'eva']) await strict.begin(`${name}@example.com`);
  });

  test('does not charge the one counter for what the other refuses', async () => {
    const strict = createLoginThrottle(databases[0], { perPair: 1, perAddress: 2, windowSeconds: 900 });
    await strict.begin('ana@example.com', '192.0.2.1');
    await expect(strict.begin('ana@example.com', '192.0.2.1')).rejects.toEqual(refused);
    await strict.begin('ben@example.com', '192.0.2.1');
    await expect(strict.begin('eva@example.com', '192.0.2.1')).rejects.toEqual(refused);
    const rows = await databases[0].query<{ points: number }>('SELECT points FROM login_attempts', {
      type: QueryTypes.SELECT,
    });
    expect(rows.map(({ points }) => points).sort()).toEqual([0, 1, 1, 1, 2, 3]);
  });

  test('forgets the failures of a pair that logs in, and does not count the success', async () => {
    await fail(9, 'ana@example.com', '192.0.2.1');
    const forgive = await replicas[0].begin('ana@example.com', '192.0.2.1');
    await forgive();
    expect(await fail(11, 'ana@example.com', '192.0.2.1')).toBe(10);
    for (let i = 0; i < 150; i += 1) await (await replicas[0].begin('ben@example.com', '192.0.2.3'))();
    expect(await fail(1, 'eva@example.com', '192.0.2.3')).toBe(1);
  });

  test('counts guesses at one account from many networks together, and spares those it was used from', async () => {
    const [first] = databases;
    const id = randomUUID();
    await first.query(
      `INSERT INTO people (id, email, password_hash, locale, role, created_at)
        VALUES (:id, 'Ana@example.com', '', 'en', 'user', now())`,
      { replacements: { id } },
    );
    await first.transaction((t) =>
      rememberOrigin({ sequelize: first }, id, { address: '198.51.100.7' }, new Date(), t),
    );
    for (const email of ['ana@example.com', 'nobody@example.com']) {
      let passed = 0;
      for (let i = 0; i < 60; i += 1) passed += await fail(1, email, `203.0.113.${i}`);
      expect(passed).toBe(50);
    }
    expect(await fail(11, 'ana@example.com', '198.51.100.7')).toBe(10);
    expect(await fail(1, 'nobody@example.com', '198.51.100.8')).toBe(0);
    await first.query('UPDATE login_attempts SET expire = expire - 3600000');
    expect(await fail(1, 'ana@example.com', '203.0.113.99')).toBe(1);
  });

  test('starts anew when the window is over', async () => {
    expect(await fail(11, 'ana@example.com', '192.0.2.1')).toBe(10);
    await databases[0].query('UPDATE login_attempts SET expire = expire - 900000');
    expect(await fail(11, 'ana@example.com', '192.0.2.1')).toBe(10);
  });

  test('takes the addresses of one IPv6 network for one, and a mapped IPv4 address for itself', async () => {
    const network = [
      '2001:db8:0:7::1',
      '2001:DB8:0:7:ffff::',
      '2001:0db8:0000:0007:1:2:3:4',
      '2001:db8:0:7::9%eth0',
    ];
    for (const address of network) expect(await fail(2, 'ana@example.com', address)).toBe(2);
    expect(await fail(3, 'ana@example.com', '2001:db8:0:7::5')).toBe(2);
    expect(await fail(1, 'ana@example.com', '2001:db8:0:8::1')).toBe(1);
    expect(await fail(10, 'ana@example.com', '::ffff:192.0.2.9')).toBe(10);
    expect(await fail(1, 'ana@example.com', '192.0.2.9')).toBe(0);
    expect(await fail(1, 'ana@example.com', '::ffff:192.0.2.10')).toBe(1);
  });

  test('counts for the account alone where the address is not known', async () => {
    expect(await fail(11, 'ana@example.com')).toBe(10);
    expect(await fail(1, 'ben@example.com')).toBe(1);
    expect(await fail(1, 'ana@example.com', '192.0.2.1')).toBe(1);
  });

  test('stores no addresses, and nothing for longer than needed', async () => {
    await fail(1, 'ana@example.com', '192.0.2.1');
    const [rows] = await databases[0].query('SELECT key FROM login_attempts');
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(row).toEqual({ key: expect.stringMatching(/^(pair|address|account):[0-9a-f]{64}$/) });
    }
    await removeExpiredCounters(databases[0], new Date());
    expect((await databases[0].query('SELECT key FROM login_attempts'))[0]).toHaveLength(3);
    await removeExpiredCounters(databases[0], new Date(Date.now() + 3_601_000));
    expect((await databases[0].query('SELECT key FROM login_attempts'))[0]).toEqual([]);
  });
});
