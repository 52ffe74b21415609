import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keepObjects } from '../../lib/backup/snapshot.ts';
import { createFileStore } from '../../lib/storage/file.ts';
import { createDatabase, migrate } from '../../lib/database.ts';
import { silentLogger } from '../../lib/logger.ts';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { deleteDueObjects, doom } from './doomed-objects.ts';
import { migrations } from './migrations.ts';
import { defineModels, type VideoDatabase } from './models.ts';
import { DELETING_LOCK } from './named-objects.ts';

let url: string;
let db: VideoDatabase;
beforeAll(async () => {
  url = await emptyDatabaseUrl();
  const sequelize = createDatabase(url);
  await migrate(sequelize, migrations, silentLogger);
  db = { sequelize, models: defineModels(sequelize) };
});
afterAll(() => db.sequelize.close());

test('while a backup copies objects none is deleted; afterwards, or when it died, they go', async () => {
  const store = createFileStore('/nonexistent');
  const now = new Date();
  await doom(db, ['sources/one'], now);
  const keeper = await keepObjects(url, DELETING_LOCK, 60);
  expect(await deleteDueObjects(db, store, now)).toBe(0);
  await keeper.end();
  expect(await deleteDueObjects(db, store, now)).toBe(1);
});
