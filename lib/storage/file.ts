import { randomUUID } from 'node:crypto';
import { mkdir, open, opendir, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ProblemError } from '../errors.ts';
import { shareBuffers } from './buffer-share.ts';
import { createFileResumable, noteOf } from './file-resumable.ts';
import { writeNewFile } from './file-write.ts';
import { flushFolders } from './flush.ts';
import { fillFolder, removeEmptyFolders } from './folders.ts';
import { isKey, isResumable, validKey, validPrefix } from './key.ts';
import type { ByteRange, ListedObject, ObjectInfo, ObjectStore } from './object-store.ts';

const nextShare = shareBuffers(6 * 1024 ** 2);

/**
 * Objects as files below a folder. A put writes beside its place, flushes, and renames: readers see the old object or
 * the new one, never a part; a reader of the old one keeps it.
 * @param root the folder; it is made when it is first needed
 */
export function createFileStore(root: string): ObjectStore {
  const incoming = join(root, '.incoming');
  const place = (key: string) => join(root, validKey(key));
  return {
    put: async (key, source, signal) => put({ root, incoming, target: place(key) }, source, signal),
    get: async (key, range) => openForReading(place(key), range),
    head: async (key) => infoOf(place(key)),
    list: (prefix = '') => listFiles(root, validPrefix(prefix)),
    delete: async (key) => {
      await rm(place(key), { force: true });
      if (isResumable(key)) await rm(noteOf(place(key)), { force: true });
      await removeEmptyFolders(dirname(place(key)), root);
    },
    resumable: () => createFileResumable(root),
    localFile: async (key) => {
      const path = place(key);
      if (!(await infoOf(path))) throw new ProblemError('not_found');
      return { path, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    signedUrl: () => Promise.resolve(null),
    direct: () => null,
    removeLeftovers: (before) => removeOldFiles(incoming, before),
    ping: async () => {
      await mkdir(incoming, { recursive: true });
      const probe = join(incoming, randomUUID());
      const handle = await open(probe, 'wx');
      await handle.close();
      await rm(probe);
    },
  };
}

async function put(
  { root, incoming, target }: { root: string; incoming: string; target: string },
  source: Readable,
  signal?: AbortSignal,
): Promise<ObjectInfo> {
  const draft = join(incoming, randomUUID());
  try {
    await mkdir(incoming, { recursive: true });
    await writeNewFile(draft, source, signal);
    const { size, mtime } = await stat(draft);
    await fillFolder(dirname(target), () => rename(draft, target));
    await flushFolders(dirname(target), dirname(root));
    return { size, modifiedAt: mtime };
  } catch (error) {
    source.destroy();
    await rm(draft, { force: true });
    throw error;
  }
}

async function openForReading(path: string, range?: ByteRange): Promise<Readable> {
  const handle = await open(path, 'r').catch(nullWhenMissing);
  if (!handle) throw new ProblemError('not_found');
  try {
    await refuseUnreadable(handle, range);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const share = nextShare();
  const stream = handle.createReadStream({ ...range, highWaterMark: share.bytes });
  return stream.once('close', () => share[Symbol.dispose]());
}

async function refuseUnreadable(handle: FileHandle, range?: ByteRange): Promise<void> {
  const found = await handle.stat();
  if (!found.isFile()) throw new ProblemError('not_found');
  if (range && range.start >= found.size) throw new ProblemError('range_not_satisfiable');
}

async function infoOf(path: string): Promise<ObjectInfo | null> {
  const found = await stat(path).catch(nullWhenMissing);
  return found?.isFile() ? { size: found.size, modifiedAt: found.mtime } : null;
}

/** Hidden folders and files have names that no key has a segment of, so they are passed by; links are, too. */
async function* listFiles(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const folder = await opendir(join(root, parent)).catch(nullWhenMissing);
  if (!folder) return;
  for await (const entry of folder) {
    const key = parent + entry.name;
    if (!key.startsWith(prefix) || !isKey(key)) continue;
    if (entry.isDirectory()) yield* listFiles(root, `${key}/`);
    const info = entry.isFile() && (await infoOf(join(root, key)));
    if (info) yield { key, ...info };
  }
}

async function removeOldFiles(folder: string, before: Date): Promise<number> {
  const names = (await readdir(folder).catch(nullWhenMissing)) ?? [];
  const removed = await Promise.all(names.map((name) => removeWhenOld(join(folder, name), before)));
  return removed.filter(Boolean).length;
}

async function removeWhenOld(path: string, before: Date): Promise<boolean> {
  const found = await infoOf(path);
  if (!found || found.modifiedAt >= before) return false;
  await rm(path, { force: true });
  return true;
}

/** Also when a part of the path is a file: below a file there is nothing. */
function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
