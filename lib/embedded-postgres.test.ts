import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readConfig, type Config } from './config.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';

type Options = Config['embeddedPostgres'];

/** Starts PostgreSQL, says so and stays; or says why it could not, and ends. */
const program = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('embedded-postgres.ts', import.meta.url).href)});
  try {
    await startEmbeddedPostgres(JSON.parse(process.argv[1]));
    console.log('ready');
    setInterval(() => undefined, 1000);
  } catch (error) {
    console.log(error.message);
    process.exit(1);
  }
`;

const startProcess = (options: Options) =>
  spawn(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function query(options: Options, database: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ host: options.socketDir, user: 'postgres', database });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const serverPid = async ({ dataDir }: Options) =>
  Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10);

describe('the embedded PostgreSQL', () => {
  let folder: string;
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (options: Options) => {
    const server = await startEmbeddedPostgres(options);
    servers.push(server);
    return server;
  };
  const spawned = (options: Options) => {
    const child = startProcess(options);
    children.push(child);
    return child;
  };
  const optionsFor = (name: string): Options => readConfig({ DATA_DIR: join(folder, name) }).embeddedPostgres;

  test('keeps what was written over a restart', async () => {
    const options = optionsFor('data');
    await start(options);
    await query(options, 'video', 'CREATE TABLE kept AS SELECT 42 AS answer');
    await servers.pop()?.stop();
    await expect(query(options, 'video', 'SELECT 1')).rejects.toThrow('ENOENT');
    await start(options);
    expect(await query(options, 'video', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await query(options, 'auth', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is closed to the network and to other users', async () => {
    const options = optionsFor('data');
    await start(options);
    expect(await query(options, 'auth', 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    for (const place of [options.dataDir, options.socketDir])
      expect((await stat(place)).mode & 0o077).toBe(0);
  });

  test('refuses a second process on the same folder, and serves the first one on', async () => {
    const options = optionsFor('data');
    await start(options);
    const second = spawned(options);
    const said = text(second.stdout);
    const [exitCode] = (await once(second, 'exit')) as [number];
    expect(exitCode).toBe(1);
    expect((await said).trim()).toBe(
      `Another process is using the data folder ${join(folder, 'data')}: stop it, or set DATA_DIR to another folder`,
    );
    expect(await query(options, 'video', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is taken over, running, after its owner was killed', async () => {
    const options = optionsFor('data');
    const owner = spawned(options);
    const [said] = (await once(owner.stdout, 'data')) as [Buffer];
    expect(said.toString().trim()).toBe('ready');
    await query(options, 'video', 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await serverPid(options);
    const gone = once(owner, 'exit');
    owner.kill('SIGKILL');
    await gone;
    await start(options);
    expect(await serverPid(options)).toBe(pid);
    expect(await query(options, 'video', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('gets over a first start that was killed halfway', async () => {
    const options = optionsFor('data');
    const owner = spawned(options);
    const gone = once(owner, 'exit');
    while (!(await stat(`${options.dataDir}.new`).catch(() => null))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    owner.kill('SIGKILL');
    await gone;
    await start(options);
    expect(await query(options, 'video', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each([
    ['spaces', 'my data'],
    ['accents', 'vídeo ção'],
    ['quotes', `it's "data"`],
    ['a comma, a dollar and a backslash', 'a, $HOME \\ b'],
    ['a percent sign and a hash', '100% #1'],
    ['a very long name', join('d'.repeat(100), 'e'.repeat(100), 'data')],
  ])('lives in a folder with %s', async (_what, name) => {
    const options = optionsFor(name);
    await start(options);
    expect(await query(options, 'notify', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await rm(options.socketDir, { recursive: true, force: true });
  });
});
