import pg from 'pg';
import { BackupError } from './format.ts';

/** One of the databases of a backup. */
export interface BackupSource {
  name: string;
  url: string;
  /** Tables with what this service promises to others, or waits to hear of from them. */
  promises: string[];
}

export interface Snapshot {
  name: string;
  client: pg.Client;
}

/** A connection for long work; that it is lost is told by its next query. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'video-system', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Open a read-only snapshot of each database, so that no promise is lost between them. A promise goes when whom it is
 * made to has taken it; as long as the snapshots are being taken, which is milliseconds, none may come or go.
 */
export async function openSnapshots(sources: BackupSource[]): Promise<Snapshot[]> {
  const holders: pg.Client[] = [];
  const snapshots: Snapshot[] = [];
  try {
    for (const { url, promises } of sources.filter((source) => source.promises.length > 0)) {
      const holder = await connect(url);
      holders.push(holder);
      await holder.query(
        `BEGIN; SET LOCAL lock_timeout = '60s'; LOCK TABLE ${promises.join(', ')} IN SHARE MODE`,
      );
    }
    for (const { name, url } of sources) {
      const client = await connect(url);
      snapshots.push({ name, client });
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query('SELECT pg_current_snapshot()');
    }
    return snapshots;
  } catch (error) {
    await closeAll(snapshots.map(({ client }) => client));
    throw error;
  } finally {
    await closeAll(holders);
  }
}

/** Close connections; the transactions of their snapshots end with them. */
export const closeAll = (clients: pg.Client[]) => Promise.all(clients.map((client) => client.end()));

/**
 * Keep the objects that snapshots name: while this lock is held, nobody deletes any.
 * @param key of the advisory lock that every deletion shares
 * @param patienceSeconds how long to wait for deletions that have begun, or for another backup
 * @throws BackupError `backup_busy` when another backup has it
 */
export async function keepObjects(url: string, key: number, patienceSeconds: number): Promise<pg.Client> {
  const client = await connect(url);
  try {
    await client.query(`SET lock_timeout = '${patienceSeconds}s'`);
    await client.query('SELECT pg_advisory_lock($1)', [key]);
    return client;
  } catch (cause) {
    await client.end();
    throw new BackupError('backup_busy', 'Another backup is running', cause);
  }
}
