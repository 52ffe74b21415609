import { appendFile, chmod, chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findBinaries, serverUser } from '../../lib/embedded-postgres.ts';
import { NAME, type Certificates } from './certificates.ts';
import { freePort } from './ports.ts';
import { copyPostgresTemplate } from './postgres-template.ts';

/** A PostgreSQL that is reached by TCP, and that takes nobody without TLS. */
export interface TlsPostgres {
  port: number;
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Only by TLS; whom the server then lets in does not matter here. */
const ONLY_TLS = 'hostssl all all 127.0.0.1/32 trust\n';

/** Start a copy of the run's template with a certificate. */
export async function startTlsPostgres(certificates: Certificates): Promise<TlsPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-tls-'));
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'postgres');
  await copyPostgresTemplate(dataDir);
  const binaries = await findBinaries();
  const user = await serverUser([binaries.postgres, folder]);
  const key = join(dataDir, 'server.key');
  await copyFile(certificates.certFile, join(dataDir, 'server.crt'));
  await copyFile(certificates.keyFile, key);
  await chmod(key, 0o600);
  if (user.ids) await chown(key, user.ids.uid, user.ids.gid);
  await writeFile(join(dataDir, 'pg_hba.conf'), ONLY_TLS);
  // Not a flag of the server: that could not be changed while it runs.
  await appendFile(join(dataDir, 'postgresql.conf'), '\nssl = on\n');
  const port = await freePort();
  const flags = `-c listen_addresses=127.0.0.1 -p ${port} -c unix_socket_directories=`;
  const pgCtl = (...args: string[]) => user.run(binaries.pg_ctl, ['-D', '.', '-w', ...args], dataDir);
  await pgCtl('start', '-l', 'server.log', '-o', flags);
  const ssl = { ca: certificates.ca };
  const client = new pg.Client({ host: NAME, port, user: 'postgres', database: 'postgres', ssl });
  await client.connect();
  return {
    port,
    query: async <Row extends pg.QueryResultRow>(sql: string) => (await client.query<Row>(sql)).rows,
    stop: async () => {
      await client.end();
      await pgCtl('stop', '-m', 'immediate');
      await rm(folder, { recursive: true });
    },
  };
}
