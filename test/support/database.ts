import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Sequelize } from 'sequelize';
import { createDatabase, migrate, type Migration } from '../../lib/database.ts';
import { silentLogger } from '../../lib/logger.ts';

/** The URL of an empty database of its own in the run's PostgreSQL. */
export async function emptyDatabaseUrl(): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL;
  if (!server) throw new Error('Run the tests through npm test: it starts PostgreSQL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return server.replace(/\/postgres(?=\?|$)/, `/${name}`);
}

/** A migrated database of its own. Close it when done. */
export async function createTestDatabase(migrations: Migration[]): Promise<Sequelize> {
  const sequelize = createDatabase(await emptyDatabaseUrl());
  await migrate(sequelize, migrations, silentLogger);
  return sequelize;
}
