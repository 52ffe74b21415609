import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import pg from 'pg';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { copyPostgresTemplate } from './postgres-template.ts';
import { isAlive } from './processes.ts';
import { downBehind } from './readiness.ts';
import { startServices } from './service-process.ts';

/** The whole system as its users start it: a real process with a data folder and a port of its own. */
export interface System {
  url: string;
  dataDir: string;
  pid: number;
  /** What the process has printed so far. */
  output(): string;
  /** Ask it to stop (SIGTERM) and wait; resolves to its exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`, and wait until it is gone. The database goes on, as it does in a crash. */
  kill(): Promise<void>;
  /** Start again on the same data folder and port. */
  restart(): Promise<System>;
  /** Run SQL in one of the databases. */
  query<Row extends pg.QueryResultRow>(database: string, sql: string, values?: unknown[]): Promise<Row[]>;
  /** Stop whatever still runs and remove the data folder. */
  remove(): Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  dataDir?: string;
  port?: number;
  /** Let it make its database server itself, as on a first start; the tests' copy of one is there sooner. */
  fresh?: boolean;
}

/** Start the system and wait until it is ready. */
export async function startSystem(options: Options = {}): Promise<System> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'video-system-')));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  if (!options.fresh) await copyPostgresTemplate(join(dataDir, 'postgres'));
  const process = startServices('services', {
    DATA_DIR: dataDir,
    PORT: String(port),
    PUBLIC_URL: url,
    ...options.env,
  });
  await eventually(() => {
    if (process.exitCode() !== undefined) throw new Error('The system ended at once');
    return isReady(url);
  }, 'the system to be ready').catch(async (error: unknown) => {
    await process.end('SIGKILL');
    throw new Error(`${String(error)}\n${process.output()}`);
  });
  return {
    url,
    dataDir,
    pid: process.pid,
    output: () => process.output(),
    stop: () => process.end('SIGTERM'),
    kill: async () => {
      await process.end('SIGKILL');
    },
    restart: () => startSystem({ ...options, dataDir, port }),
    query: (database, sql, values) => query(dataDir, database, sql, values),
    remove: async () => {
      const crashed = (process.exitCode() ?? 0) !== 0;
      await process.end('SIGTERM');
      await endDatabase(dataDir);
      await rm(dataDir, { recursive: true, force: true });
      if (crashed) throw new Error(`The system has crashed:\n${process.output().slice(-5000)}`);
    },
  };
}

/** Ready for everything; some tests run with a mail server that is down on purpose. */
async function isReady(url: string): Promise<boolean> {
  return (await downBehind(url))?.every((name) => name === 'mail') === true;
}

async function query<Row extends pg.QueryResultRow>(
  dataDir: string,
  database: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ host: join(dataDir, 'run'), user: 'postgres', database });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** After a `kill -9` the embedded PostgreSQL is still there; its first line of postmaster.pid is its process id. */
async function endDatabase(dataDir: string): Promise<void> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  if (!pid) return;
  kill(pid, 'SIGINT');
  await eventually(async () => !(await isAlive(pid)), 'PostgreSQL to end');
}
