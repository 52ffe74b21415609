import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { ObjectStore } from '../storage/object-store.ts';
import { version } from '../version.ts';
import { dumpDatabase } from './database.ts';
import {
  BackupError,
  describeFile,
  keyPath,
  MANIFEST,
  OBJECT_LIST,
  type BackupManifest,
  type CopiedObject,
  type DatabaseDump,
} from './format.ts';
import { copyOut, type CopyProgress } from './objects.ts';
import { closeAll, keepObjects, openSnapshots, type BackupSource, type Snapshot } from './snapshot.ts';

/** A secret file of the installation; `own` ones were made by it and are copied, of others only the digest is kept. */
export interface KeyToKeep {
  name: string;
  path: string;
  own: boolean;
}

/** What a backup is made of. */
export interface Installation {
  sources: BackupSource[];
  store: ObjectStore;
  keys: KeyToKeep[];
  /** The database whose rows name objects, the queries for their keys, and the lock that keeps objects. */
  objects: { database: string; named: string; unfinished: string | null; lock: number };
}

/** Tells what has been done. */
export interface Progress {
  say: (sentence: string) => void;
  copied: CopyProgress;
}

/**
 * Back up an installation while it runs: first the databases, each as of the same moment, then every object that their
 * rows name; until those are copied, no object is deleted. The backup appears whole under its name, or not at all.
 * @param folder must not exist, or be empty
 * @param patienceSeconds how long to wait for another backup to end
 * @throws BackupError `backup_exists`, `backup_busy`
 */
export async function writeBackup(
  installation: Installation,
  folder: string,
  progress: Progress,
  patienceSeconds = 60,
): Promise<BackupManifest> {
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0) throw new BackupError('backup_exists', `${folder} is not empty`);
  const { database, lock } = installation.objects;
  const url = installation.sources.find(({ name }) => name === database)?.url ?? '';
  const keeper = await keepObjects(url, lock, patienceSeconds);
  const draft = `${folder}.unfinished`;
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const manifest = await fill(draft, installation, keeper, progress);
    await writeFile(join(draft, MANIFEST), JSON.stringify(manifest, null, 2), { flush: true });
    await rename(draft, folder);
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await keeper.end();
  }
}

async function fill(
  draft: string,
  { sources, store, keys, objects }: Installation,
  keeper: pg.Client,
  progress: Progress,
): Promise<BackupManifest> {
  const takenAt = new Date().toISOString();
  const { databases, named, unfinished } = await dumpAll(draft, sources, objects, progress);
  const required = await copyOut(store, draft, named, progress.copied);
  const begun = await copyOut(store, draft, piecesOf(store, unfinished), progress.copied);
  // Had this connection been lost, objects could have been deleted.
  await keeper.query('SELECT 1');
  const copied = [...required.copied, ...begun.copied];
  return {
    format: 1,
    version,
    takenAt,
    databases,
    objects: await writeList(draft, copied),
    keys: await copyKeys(draft, keys),
    missing: required.missing,
  };
}

async function dumpAll(
  draft: string,
  sources: BackupSource[],
  objects: Installation['objects'],
  progress: Progress,
) {
  const snapshots = await openSnapshots(sources);
  try {
    const databases: DatabaseDump[] = [];
    for (const snapshot of snapshots) {
      const dump = await dumpDatabase(snapshot, draft);
      const rows = dump.tables.reduce((sum, table) => sum + table.rows, 0);
      progress.say(`database ${dump.name}: ${dump.tables.length} tables, ${rows} rows`);
      databases.push(dump);
    }
    const naming = snapshots.find(({ name }) => name === objects.database);
    const named = await keysOf(naming, objects.named);
    return { databases, named, unfinished: await keysOf(naming, objects.unfinished) };
  } finally {
    await closeAll(snapshots.map(({ client }) => client));
  }
}

async function keysOf(snapshot: Snapshot | undefined, sql: string | null): Promise<string[]> {
  if (sql === null) return [];
  const result = await snapshot?.client.query<{ key: string }>(sql);
  return result?.rows.map(({ key }) => key) ?? [];
}

/** An unfinished upload is an object with notes beside it. */
async function* piecesOf(store: ObjectStore, unfinished: string[]): AsyncGenerator<string> {
  for (const upload of unfinished) for await (const { key } of store.list(upload)) yield key;
}

async function writeList(draft: string, copied: CopiedObject[]): Promise<BackupManifest['objects']> {
  const lines = copied.map((object) => `${JSON.stringify(object)}\n`);
  await writeFile(join(draft, OBJECT_LIST), lines, { flush: true });
  const bytes = copied.reduce((sum, { size }) => sum + size, 0);
  return { list: await describeFile(draft, OBJECT_LIST), count: copied.length, bytes };
}

async function copyKeys(draft: string, keys: KeyToKeep[]): Promise<BackupManifest['keys']> {
  await mkdir(join(draft, 'keys'), { mode: 0o700 });
  const kept: BackupManifest['keys'] = [];
  for (const { name, path, own } of keys) {
    const digest = await digestOfFile(path);
    if (digest === null) continue;
    if (own) await copyFile(path, join(draft, keyPath(name)));
    kept.push({ name, sha256: digest });
  }
  return kept;
}

/** @returns lowercase hex; null when there is no such file */
export async function digestOfFile(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  return bytes && createHash('sha256').update(bytes).digest('hex');
}
