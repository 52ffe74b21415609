import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { tablesWith } from '../../test/support/person-rows.ts';
import { migrations } from './migrations.ts';
import { defineModels, type NotifyDatabase } from './models.ts';
import { digestOldSuppressions, findSuppression, liftSuppression, suppress } from './suppressions.ts';

const now = new Date('2026-01-01T12:00:00.000Z');

let db: NotifyDatabase;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
});
afterAll(() => db.sequelize.close());

test('an address that gets no mail is found by whoever knows it, and stands nowhere', async () => {
  await suppress(db, { address: 'Ana@example.com', reason: 'bounced' }, now);
  await suppress(db, { address: 'ana@example.com', reason: 'complaint' }, now);
  const suppressed = { reason: 'bounced', at: now.toISOString() };
  expect(await findSuppression(db, 'ANA@example.com')).toEqual({ address: 'ANA@example.com', suppressed });
  for (const text of ['ana@example.com', 'Ana@example.com', 'example.com']) {
    expect(await tablesWith(db.sequelize, text)).toEqual([]);
  }
  await liftSuppression(db, 'ana@example.com');
  expect(await findSuppression(db, 'ana@example.com')).toMatchObject({ suppressed: null });
});

test('what an earlier version has written down is taken over, and does not stay', async () => {
  await suppress(db, { address: 'ben@example.com', reason: 'complaint' }, now);
  await db.sequelize.query(
    `INSERT INTO suppressions (address, reason, detail, at) VALUES
       ('eve@example.com', 'refused', '550 <eve@example.com> is unknown', :now),
       ('ben@example.com', 'refused', NULL, :now)`,
    { replacements: { now } },
  );
  await digestOldSuppressions(db);
  await digestOldSuppressions(db);
  expect(await findSuppression(db, 'eve@example.com')).toMatchObject({ suppressed: { reason: 'refused' } });
  expect(await findSuppression(db, 'ben@example.com')).toMatchObject({ suppressed: { reason: 'complaint' } });
  expect(await tablesWith(db.sequelize, 'example.com')).toEqual([]);
});
