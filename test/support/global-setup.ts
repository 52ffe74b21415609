import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../lib/embedded-postgres.ts';
import { copyPostgresTemplate, makePostgresTemplate } from './postgres-template.ts';

declare global {
  var testPostgres: { server: EmbeddedPostgres; folder: string } | undefined;
}

/**
 * One real PostgreSQL for the whole run; every test file makes its own databases in it. It is that of TEST_POSTGRES_URL
 * (`postgres://…/postgres`, of somebody who may make databases), which keeps them, else one that ends with the run.
 */
export default async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'video-system-test-'));
  const [dataDir, socketDir] = [join(folder, 'postgres'), join(folder, 'run')];
  process.env.TEST_POSTGRES_TEMPLATE = await makePostgresTemplate(folder);
  await copyPostgresTemplate(dataDir);
  const server = await startEmbeddedPostgres({ dataDir, socketDir, databases: [] });
  globalThis.testPostgres = { server, folder };
  process.env.TEST_POSTGRES_URL ??= `postgres://postgres@/postgres?host=${encodeURIComponent(socketDir)}`;
  // The services' processes begin sooner where the code is compiled already.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compile-cache');
}
