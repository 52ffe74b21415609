import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from './eventually.ts';
import { isAlive } from './processes.ts';

const root = new URL('../../', import.meta.url);
const command = [
  'node_modules/moleculer/bin/moleculer-runner.js',
  '--config',
  'moleculer.config.ts',
  '--mask',
  '**/*.service.ts',
  'services',
];

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
}

/** Start the system and wait until it is ready. */
export async function startSystem(options: Options = {}): Promise<System> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'video-system-')));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, DATA_DIR: dataDir, PORT: String(port), PUBLIC_URL: url, ...options.env };
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`The system ended at once:\n${output}`);
    return isReady(url);
  }, 'the system to be ready').catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${output}`);
  });
  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    output: () => output,
    stop: () => end(child, 'SIGTERM'),
    kill: async () => {
      await end(child, 'SIGKILL');
    },
    restart: () => startSystem({ ...options, dataDir, port }),
    query: (database, sql, values) => query(dataDir, database, sql, values),
    remove: async () => {
      const crashed = child.exitCode !== null && child.exitCode !== 0;
      await end(child, 'SIGTERM');
      await endDatabase(dataDir);
      await rm(dataDir, { recursive: true, force: true });
      if (crashed) throw new Error(`The system has crashed:\n${output.slice(-5000)}`);
    },
  };
}

/** Ready for everything; some tests run with a mail server that is down on purpose. */
async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined);
  if (!response?.ok) return false;
  const { down } = (await response.json()) as { down: string[] };
  return down.every((name) => name === 'mail');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
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
  process.kill(pid, 'SIGINT');
  await eventually(async () => !(await isAlive(pid)), 'PostgreSQL to end');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
