import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** What can be wrong with a backup, or with the place that it is to be restored to; a stable code and a sentence. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupCode;
  constructor(code: BackupCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

type BackupCode =
  | 'backup_exists'
  | 'backup_busy'
  | 'backup_incomplete'
  | 'backup_damaged'
  | 'backup_too_new'
  | 'key_mismatch'
  | 'not_empty';

const file = z.strictObject({ path: z.string(), size: z.int().min(0), sha256: z.string() });
const table = z.strictObject({
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.int().min(0),
  file,
  /** The last numbers that were given out, by column. */
  sequences: z.record(z.string(), z.string()),
});
const database = z.strictObject({
  name: z.string(),
  serverVersion: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(table),
});

const manifestSchema = z.strictObject({
  format: z.literal(1),
  version: z.string(),
  takenAt: z.iso.datetime(),
  databases: z.array(database),
  objects: z.strictObject({ list: file, count: z.int(), bytes: z.int() }),
  keys: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  /** Keys of objects that rows name and that the store did not have. */
  missing: z.array(z.string()),
});

/** What a backup consists of; it is written last, so a backup without it is not whole. */
export type BackupManifest = z.output<typeof manifestSchema>;
export type DatabaseDump = z.output<typeof database>;
export type BackupFile = z.output<typeof file>;

export const MANIFEST = 'manifest.json';
export const OBJECT_LIST = 'objects.jsonl';
/** Where in a backup an object is. */
export const objectPath = (key: string) => join('objects', key);
/** Where in a backup a file with a key is. */
export const keyPath = (name: string) => join('keys', name);

const listedObject = z.strictObject({ key: z.string(), size: z.int(), sha256: z.string() });
/** One line of the list of objects. */
export type CopiedObject = z.output<typeof listedObject>;

/** @throws BackupError `backup_incomplete`, `backup_damaged` */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new BackupError(
      'backup_incomplete',
      `${folder} holds no whole backup: ${MANIFEST} is missing`,
      cause,
    );
  });
  return parsed(manifestSchema, text, MANIFEST);
}

/** @throws BackupError `backup_damaged` */
export async function readObjectList(folder: string): Promise<CopiedObject[]> {
  const text = await readFile(join(folder, OBJECT_LIST), 'utf8');
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => parsed(listedObject, line, OBJECT_LIST));
}

function parsed<T>(schema: z.ZodType<T>, text: string, name: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BackupError('backup_damaged', `${name} is damaged, or of a later format`, cause);
  }
}

/** The size in bytes and the SHA-256 of a file. */
export async function describeFile(folder: string, path: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(createReadStream(join(folder, path)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      size += chunk.length;
      hash.update(chunk);
    }
  });
  return { path, size, sha256: hash.digest('hex') };
}
