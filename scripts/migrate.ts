// Brings the database of one service up to date, and ends: node scripts/migrate.ts auth|video|notify
import { createDatabase, migrate, type Migration } from '../lib/database.ts';
import { readConfig } from '../lib/config.ts';

const names = ['auth', 'video', 'notify'] as const;
const logger = { debug: console.debug, info: console.log, warn: console.warn, error: console.error };

async function main([wanted, ...rest]: string[]): Promise<void> {
  const name = names.find((it) => it === wanted);
  if (name === undefined || rest.length > 0) throw new Error(`Usage: scripts/migrate.ts ${names.join('|')}`);
  const { databases, embeddedPostgres } = readConfig(process.env);
  const url = databases[name];
  // The embedded PostgreSQL belongs to the process of a standalone system, which brings it up to date itself.
  if (url === undefined || embeddedPostgres.databases.includes(name)) {
    throw new Error(`${name.toUpperCase()}_DATABASE_URL is not set`);
  }
  // The image of a service has that service's code only.
  const { migrations } = (await import(`../services/${name}/migrations.ts`)) as { migrations: Migration[] };
  const sequelize = createDatabase(url, `${name.toUpperCase()}_DATABASE_URL`);
  try {
    await migrate(sequelize, migrations, logger);
    console.log(`The database ${name} is up to date`);
  } finally {
    await sequelize.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
