import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../lib/embedded-postgres.ts';

const run = promisify(execFile);

/**
 * Make a PostgreSQL cluster that others are copied from: making one costs seconds, copying it none. Its copies don't
 * wait for the disk, which helps against a loss of power only; what was committed outlives `kill -9` all the same.
 * @param folder for the cluster and, beside it, its socket
 * @returns where the cluster is
 */
export async function makePostgresTemplate(folder: string): Promise<string> {
  const options = { dataDir: join(folder, 'template'), socketDir: join(folder, 'run'), databases: [] };
  const server = await startEmbeddedPostgres(options);
  const client = new pg.Client({ host: options.socketDir, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.end();
  await server.stop();
  return options.dataDir;
}

/**
 * Put a copy of the run's template where a cluster is to be, unless there is one or the run has no template.
 * @param dataDir of the cluster
 */
export async function copyPostgresTemplate(dataDir: string): Promise<void> {
  const template = process.env.TEST_POSTGRES_TEMPLATE;
  const isThere = await access(dataDir).then(
    () => true,
    () => false,
  );
  if (!template || isThere) return;
  await mkdir(dirname(dataDir), { recursive: true });
  // Keeps the owner, which is not us when we are root.
  await run('cp', ['-a', template, dataDir]);
}
