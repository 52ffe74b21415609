import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { describeFile, type DatabaseDump } from './format.ts';
import type { Snapshot } from './snapshot.ts';

type TableDump = DatabaseDump['tables'][number];

/** Whose rows mean something in this history of transactions only. */
const NOT_KEPT = ['changes', 'migrations'];

const COLUMNS = `
  SELECT table_name AS "table", column_name AS "column", is_identity = 'YES' AS "isIdentity"
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
  ORDER BY table_name, ordinal_position`;

interface ColumnRow {
  table: string;
  column: string;
  isIdentity: boolean;
}

const quote = (name: string) => pg.escapeIdentifier(name);

/**
 * Write what a snapshot sees of a database: for each table one compressed file in PostgreSQL's COPY format, which
 * every later version reads. The schema is not written: the migrations make it.
 * @param folder of the backup
 */
export async function dumpDatabase({ name, client }: Snapshot, folder: string): Promise<DatabaseDump> {
  await mkdir(join(folder, 'databases', name), { recursive: true });
  const { rows } = await client.query<ColumnRow>(COLUMNS);
  const version = await client.query<{ server_version: string }>('SHOW server_version');
  const migrations = await client.query<{ name: string }>('SELECT name FROM migrations');
  const tables: TableDump[] = [];
  for (const [table, columns] of Map.groupBy(rows, (row) => row.table)) {
    if (!NOT_KEPT.includes(table)) tables.push(await dumpTable({ name, client }, folder, table, columns));
  }
  return {
    name,
    serverVersion: version.rows[0]?.server_version ?? '',
    migrations: migrations.rows.map((row) => row.name),
    tables,
  };
}

async function dumpTable(
  { name, client }: Snapshot,
  folder: string,
  table: string,
  columns: ColumnRow[],
): Promise<TableDump> {
  const path = join('databases', name, `${table}.copy.gz`);
  const names = columns.map(({ column }) => column);
  const source = client.query(copyTo(`COPY ${quote(table)} (${names.map(quote).join(', ')}) TO STDOUT`));
  await pipeline(source, createGzip(), createWriteStream(join(folder, path), { flush: true }));
  const sequences: Record<string, string> = {};
  for (const { column } of columns.filter(({ isIdentity }) => isIdentity)) {
    sequences[column] = await lastNumber(client, table, column);
  }
  return {
    name: table,
    columns: names,
    rows: source.rowCount,
    file: await describeFile(folder, path),
    sequences,
  };
}

/** Sequences know no snapshots: what this tells is the last number of the snapshot, or a later one. */
async function lastNumber(client: pg.Client, table: string, column: string): Promise<string> {
  const found = await client.query<{ sequence: string }>(
    'SELECT pg_get_serial_sequence($1, $2) AS sequence',
    [quote(table), column],
  );
  const { rows } = await client.query<{ last: string }>(
    `SELECT last_value AS last FROM ${found.rows[0]?.sequence ?? ''}`,
  );
  return rows[0]?.last ?? '1';
}

/**
 * Read a dump into a database that has the dump's schema and no rows that matter, in one transaction. No trigger of
 * ours runs: nothing has changed, it is only back.
 */
export async function loadDatabase(client: pg.Client, folder: string, dump: DatabaseDump): Promise<void> {
  await client.query('BEGIN');
  await client.query(`TRUNCATE ${dump.tables.map(({ name }) => quote(name)).join(', ')}`);
  for (const table of await referredFirst(client, dump.tables)) {
    await client.query(`ALTER TABLE ${quote(table.name)} DISABLE TRIGGER USER`);
    await loadTable(client, folder, table);
    await client.query(`ALTER TABLE ${quote(table.name)} ENABLE TRIGGER USER`);
  }
  await client.query('COMMIT');
}

async function loadTable(client: pg.Client, folder: string, table: TableDump): Promise<void> {
  const columns = table.columns.map(quote).join(', ');
  const target = client.query(copyFrom(`COPY ${quote(table.name)} (${columns}) FROM STDIN`));
  await pipeline(createReadStream(join(folder, table.file.path)), createGunzip(), target);
  for (const [column, last] of Object.entries(table.sequences)) {
    await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3)', [
      quote(table.name),
      column,
      last,
    ]);
  }
}

const REFERENCES = `
  SELECT c.relname AS "table", f.relname AS "refersTo" FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
  WHERE k.contype = 'f' AND c.oid <> f.oid`;

/** Tables in an order in which those that others refer to come before them. */
async function referredFirst(client: pg.Client, tables: TableDump[]): Promise<TableDump[]> {
  const { rows } = await client.query<{ table: string; refersTo: string }>(REFERENCES);
  const ordered = new Set<TableDump>();
  const add = (table: TableDump) => {
    if (ordered.has(table)) return;
    for (const { refersTo } of rows.filter((row) => row.table === table.name)) {
      const referred = tables.find(({ name }) => name === refersTo);
      if (referred) add(referred);
    }
    ordered.add(table);
  };
  tables.forEach(add);
  return [...ordered];
}
