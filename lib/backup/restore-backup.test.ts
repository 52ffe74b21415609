import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { createDatabase, migrate, type Migration } from '../database.ts';
import { silentLogger } from '../logger.ts';
import { createFileStore } from '../storage/file.ts';
import { restoreBackup, type Target } from './restore-backup.ts';
import { connect } from './snapshot.ts';
import { writeBackup, type Installation } from './write-backup.ts';

const first: Migration = { name: '001', sql: 'CREATE TABLE films (key text PRIMARY KEY)' };
const second: Migration = { name: '002', sql: "ALTER TABLE films ADD COLUMN title text DEFAULT 'untitled'" };
const progress = { say: () => undefined, copied: () => undefined };
const LOCK = 4711;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A small installation of one database and one key. */
async function place(name: string, migrations: Migration[], ownKey = true): Promise<Installation & Target> {
  const url = await emptyDatabaseUrl();
  return {
    sources: [{ name: 'video', url, promises: [] }],
    databases: [{ name: 'video', url, migrations }],
    store: createFileStore(join(folder, name, 'objects')),
    keys: [{ name: 'signing.pem', path: join(folder, `${name}.pem`), own: ownKey }],
    objects: { database: 'video', named: 'SELECT key FROM films', unfinished: null, lock: LOCK },
  };
}

const urlOf = ({ databases: [database] }: Target) => database?.url ?? '';

/** Bring the schema up to date, as a start does, and ask. */
async function rowsAfterStart(at: Target, migrations: Migration[]) {
  const sequelize = createDatabase(urlOf(at));
  await migrate(sequelize, migrations, silentLogger).finally(() => sequelize.close());
  const client = await connect(urlOf(at));
  const { rows } = await client.query<object>('SELECT * FROM films');
  await client.end();
  return rows;
}

/** An installation with one film, backed up. */
async function backedUp(migrations: Migration[], ownKey = true): Promise<string> {
  const source = await place('source', migrations, ownKey);
  await source.store.put('sources/a', Readable.from([Buffer.from('film')]));
  await writeFile(source.keys[0]?.path ?? '', 'the key');
  expect(await rowsAfterStart(source, migrations)).toEqual([]);
  const client = await connect(urlOf(source));
  await client.query("INSERT INTO films (key) VALUES ('sources/a')");
  await client.end();
  const backup = join(folder, 'backup');
  await writeBackup(source, backup, progress);
  return backup;
}

test('a backup of an older version is restored, and the next start brings it up to date', async () => {
  const backup = await backedUp([first]);
  const target = await place('target', [first, second]);
  await restoreBackup(backup, target, progress);
  expect(await rowsAfterStart(target, [first])).toEqual([{ key: 'sources/a' }]);
  expect(await rowsAfterStart(target, [first, second])).toEqual([{ key: 'sources/a', title: 'untitled' }]);
  expect(await readFile(target.keys[0]?.path ?? '', 'utf8')).toBe('the key');
});

test('a backup of a later version is refused, and nothing is written', async () => {
  const backup = await backedUp([first, second]);
  const target = await place('target', [first]);
  await expect(restoreBackup(backup, target, progress)).rejects.toMatchObject({ code: 'backup_too_new' });
  expect(await rowsAfterStart(target, [first])).toEqual([]);
  expect(await Array.fromAsync(target.store.list())).toEqual([]);
});

test('another key in its place is not overwritten', async () => {
  const backup = await backedUp([first]);
  const target = await place('target', [first]);
  const path = target.keys[0]?.path ?? '';
  await writeFile(path, 'another key');
  await expect(restoreBackup(backup, target, progress)).rejects.toMatchObject({ code: 'key_mismatch' });
  expect(await readFile(path, 'utf8')).toBe('another key');
  expect(await Array.fromAsync(target.store.list())).toEqual([]);
});

test('a key that is kept elsewhere is not in the backup, and must be there', async () => {
  const backup = await backedUp([first], false);
  await expect(readFile(join(backup, 'keys', 'signing.pem'))).rejects.toMatchObject({ code: 'ENOENT' });
  const target = await place('target', [first], false);
  await expect(restoreBackup(backup, target, progress)).rejects.toMatchObject({ code: 'key_mismatch' });
  await writeFile(target.keys[0]?.path ?? '', 'the key');
  await restoreBackup(backup, target, progress);
  expect(await rowsAfterStart(target, [first])).toEqual([{ key: 'sources/a' }]);
});

test('a second backup at the same time gives up, and leaves nothing behind', async () => {
  await backedUp([first]);
  const source = await place('busy', [first]);
  await rowsAfterStart(source, [first]);
  const other = await connect(urlOf(source));
  await other.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const second = join(folder, 'second');
  await expect(writeBackup(source, second, progress, 1)).rejects.toMatchObject({ code: 'backup_busy' });
  await other.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  await expect(writeBackup(source, second, progress, 1)).resolves.toMatchObject({ objects: { count: 0 } });
  await other.end();
});
