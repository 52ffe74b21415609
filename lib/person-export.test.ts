import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createTestDatabase } from '../test/support/database.ts';
import { querySection, readExportPage, tableSections, type ExportPage } from './person-export.ts';

let sequelize: Sequelize;
beforeAll(async () => {
  const sql = `
    CREATE TABLE plain_things (id integer PRIMARY KEY, person_id uuid NOT NULL, made_at timestamptz NOT NULL);
    CREATE TABLE pairs (person_id uuid, name text, api_secret text, token_hash text, PRIMARY KEY (person_id, name));
    CREATE TABLE gone_people (person_id uuid PRIMARY KEY);
    CREATE TABLE hidden_things (person_id uuid PRIMARY KEY);
    CREATE TABLE others (id integer PRIMARY KEY)`;
  sequelize = await createTestDatabase([{ name: '001', sql }]);
});
afterAll(() => sequelize.close());

test('everything of a person is told once, whole sections one after the other, and nothing secret', async () => {
  const personId = randomUUID();
  await sequelize.query(`
    INSERT INTO plain_things SELECT n, '${personId}', '2026-01-01T12:00:00Z' FROM generate_series(1, 1100) AS n;
    INSERT INTO plain_things SELECT n, gen_random_uuid(), now() FROM generate_series(2001, 2100) AS n;
    INSERT INTO pairs VALUES ('${personId}', 'a', 'S3CRET', 'S3CRET'), (gen_random_uuid(), 'b', '', '');
    INSERT INTO gone_people VALUES ('${personId}'); INSERT INTO hidden_things VALUES ('${personId}')`);
  const told = new Map<string, object[]>();
  const order: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const sections = await tableSections(sequelize, ['hidden_things']);
    const extra = querySection(
      sequelize,
      'none',
      "SELECT 'x' AS key, CAST('{}' AS jsonb) AS item WHERE false",
    );
    const query: object = { personId, ...(cursor ? { cursor } : {}) };
    const page: ExportPage = await readExportPage([...sections, extra], query as { personId: string });
    if (order.at(-1) !== page.section) order.push(page.section);
    told.set(page.section, [...(told.get(page.section) ?? []), ...page.items]);
    cursor = page.nextCursor;
  }
  expect(order).toEqual(['pairs', 'plain_things', 'none']);
  expect(told.get('pairs')).toEqual([{ name: 'a' }]);
  const ids = (told.get('plain_things') as { id: number }[]).map(({ id }) => id);
  expect(new Set(ids).size).toBe(1100);
  expect(ids).toHaveLength(1100);
  expect(told.get('plain_things')?.[0]).toEqual({ id: 1, madeAt: '2026-01-01T12:00:00+00:00' });
});

test.each(['x', Buffer.from('["nothing",null]').toString('base64url')])(
  'no cursor of ours: %s',
  async (cursor) => {
    const reading = readExportPage(await tableSections(sequelize), { personId: randomUUID(), cursor });
    await expect(reading).rejects.toMatchObject({ type: 'validation_failed' });
  },
);
