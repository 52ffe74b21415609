import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../lib/embedded-postgres.ts';

declare global {
  var testPostgres: { server: EmbeddedPostgres; folder: string } | undefined;
}

/** One real PostgreSQL for the whole run; every test file makes its own databases in it. */
export default async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'video-system-test-'));
  const socketDir = join(folder, 'run');
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), socketDir, databases: [] });
  globalThis.testPostgres = { server, folder };
  process.env.TEST_POSTGRES_SOCKET = socketDir;
}
