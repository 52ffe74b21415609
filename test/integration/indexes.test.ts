import { expect, test } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { migrations as auth } from '../../services/auth/migrations.ts';
import { migrations as notify } from '../../services/notify/migrations.ts';
import { migrations as video } from '../../services/video/migrations.ts';
import { createTestDatabase } from '../support/database.ts';

const WITHOUT_INDEX = `
  SELECT c.conname AS name FROM pg_constraint c
  WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])`;
const REFERENCES = "SELECT conname AS name FROM pg_constraint WHERE contype = 'f'";

// Where a reference has no index, deleting one row reads all that could refer to it.
test.each(Object.entries({ auth, notify, video }))(
  'every reference in the database %s has an index',
  async (_, migrations) => {
    const sequelize = await createTestDatabase(migrations);
    const select = (sql: string) => sequelize.query<{ name: string }>(sql, { type: QueryTypes.SELECT });
    expect((await select(REFERENCES)).length).toBeGreaterThan(0);
    expect(await select(WITHOUT_INDEX)).toEqual([]);
    await sequelize.close();
  },
);
