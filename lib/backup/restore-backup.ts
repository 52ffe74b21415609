import { access, chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDatabase, migrate, type Migration } from '../database.ts';
import { silentLogger } from '../logger.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { loadDatabase } from './database.ts';
import {
  BackupError,
  describeFile,
  keyPath,
  objectPath,
  readManifest,
  readObjectList,
  type BackupFile,
  type BackupManifest,
  type DatabaseDump,
} from './format.ts';
import { copyIn } from './objects.ts';
import { connect } from './snapshot.ts';
import { digestOfFile, type KeyToKeep, type Progress } from './write-backup.ts';

/** What a backup is restored into. */
export interface Target {
  databases: { name: string; url: string; migrations: Migration[] }[];
  store: ObjectStore;
  keys: KeyToKeep[];
}

/**
 * Read every byte of a backup and compare it with its digest.
 * @throws BackupError `backup_incomplete`, `backup_damaged`
 */
export async function verifyBackup(folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  for (const { tables } of manifest.databases) for (const { file } of tables) await verifyFile(folder, file);
  await verifyFile(folder, manifest.objects.list);
  for (const { key, size, sha256 } of await readObjectList(folder)) {
    await verifyFile(folder, { path: objectPath(key), size, sha256 });
  }
  for (const { name, sha256 } of manifest.keys) {
    const digest = await digestOfFile(join(folder, keyPath(name)));
    if (digest !== null && digest !== sha256) throw damaged(keyPath(name));
  }
  return manifest;
}

const damaged = (path: string, cause?: unknown) =>
  new BackupError('backup_damaged', `${path} is missing or not what was written`, cause);

async function verifyFile(folder: string, expected: BackupFile): Promise<void> {
  const found = await describeFile(folder, expected.path).catch((cause: unknown) => {
    throw damaged(expected.path, cause);
  });
  if (found.size !== expected.size || found.sha256 !== expected.sha256) throw damaged(expected.path);
}

/**
 * Restore a backup into an empty installation that is not running. Everything is checked before anything is written;
 * the databases come last. The schema is that of the backup: the next start brings it up to date.
 * @throws BackupError `backup_incomplete`, `backup_damaged`, `backup_too_new`, `key_mismatch`, `not_empty`
 */
export async function restoreBackup(
  folder: string,
  target: Target,
  progress: Progress,
): Promise<BackupManifest> {
  const manifest = await verifyBackup(folder);
  progress.say(`The backup of ${manifest.takenAt} is whole`);
  const plans = manifest.databases.map((dump) => ({ dump, ...planFor(dump, target) }));
  for (const { url, dump } of plans) await refuseTables(url, dump.name);
  for await (const { key } of target.store.list()) {
    throw new BackupError('not_empty', `The object store is not empty: it has ${key}`);
  }
  await restoreKeys(folder, manifest, target.keys);
  await copyIn(target.store, folder, await readObjectList(folder), progress.copied);
  for (const { dump, url, migrations } of plans) {
    await restoreDatabase(folder, dump, url, migrations);
    progress.say(`database ${dump.name}: restored`);
  }
  return manifest;
}

/** Where a database goes, and the migrations that make its schema. */
function planFor(dump: DatabaseDump, { databases }: Target): { url: string; migrations: Migration[] } {
  const home = databases.find(({ name }) => name === dump.name);
  const migrations = home?.migrations.filter(({ name }) => dump.migrations.includes(name)) ?? [];
  if (!home || migrations.length < dump.migrations.length) {
    throw new BackupError('backup_too_new', 'The backup was made by a later version of this software');
  }
  return { url: home.url, migrations };
}

async function refuseTables(url: string, name: string): Promise<void> {
  const client = await connect(url);
  const { rowCount } = await client.query("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1");
  await client.end();
  if (rowCount) throw new BackupError('not_empty', `The database ${name} is not empty`);
}

async function restoreDatabase(
  folder: string,
  dump: DatabaseDump,
  url: string,
  migrations: Migration[],
): Promise<void> {
  const sequelize = createDatabase(url);
  await migrate(sequelize, migrations, silentLogger).finally(() => sequelize.close());
  const client = await connect(url);
  await loadDatabase(client, folder, dump).finally(() => client.end());
}

/** Keys that the backup has go to their places; those that it only knows must be there, or second factors are lost. */
async function restoreKeys(folder: string, manifest: BackupManifest, places: KeyToKeep[]): Promise<void> {
  const wanted = manifest.keys.map((key) => ({
    ...key,
    place: places.find(({ name }) => name === key.name),
  }));
  for (const { name, sha256, place } of wanted) {
    const source = join(folder, keyPath(name));
    const present = place && (await digestOfFile(place.path));
    if (!place || present === sha256) continue;
    const isInBackup = await access(source).then(
      () => true,
      () => false,
    );
    if (present !== null || !place.own || !isInBackup) {
      throw new BackupError(
        'key_mismatch',
        `${place.path} must be the key of the installation that was backed up`,
      );
    }
    await mkdir(dirname(place.path), { recursive: true, mode: 0o700 });
    await copyFile(source, place.path);
    await chmod(place.path, 0o600);
  }
}
