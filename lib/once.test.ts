import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createTestDatabase } from '../test/support/database.ts';
import { forgetHandledRequests, handledRequestsMigration, once } from './once.ts';

let database: Sequelize;
beforeAll(async () => {
  const changes = { name: '002-changes', sql: 'CREATE TABLE changes (request text)' };
  database = await createTestDatabase([handledRequestsMigration('001-handled-requests'), changes]);
});
afterAll(() => database.close());

const deliver = (request: string, now = new Date()) =>
  once(database, request, now, async (transaction) => {
    await database.query('INSERT INTO changes VALUES (:request)', { replacements: { request }, transaction });
  });

async function changesOf(request: string): Promise<number> {
  const sql = 'SELECT * FROM changes WHERE request = :request';
  return (await database.query(sql, { replacements: { request }, type: QueryTypes.SELECT })).length;
}

test('a request that is delivered many times at once makes its change once', async () => {
  await Promise.all(Array.from({ length: 10 }, () => deliver('popular')));
  await deliver('popular');
  await deliver('another');
  expect([await changesOf('popular'), await changesOf('another')]).toEqual([1, 1]);
});

test('a change that failed is made by the next delivery', async () => {
  const failing = once(database, 'unlucky', new Date(), () => Promise.reject(new Error('no luck')));
  await expect(failing).rejects.toThrow('no luck');
  await deliver('unlucky');
  expect(await changesOf('unlucky')).toBe(1);
});

test('a request is forgotten when it cannot be delivered any more', async () => {
  const then = new Date('2026-01-01T12:00:00Z');
  await deliver('old', then);
  await forgetHandledRequests(database, new Date('2026-01-01T12:30:00Z'));
  await deliver('old', then);
  expect(await changesOf('old')).toBe(1);
  await forgetHandledRequests(database, new Date('2026-01-01T13:30:00Z'));
  await deliver('old', then);
  expect(await changesOf('old')).toBe(2);
});
