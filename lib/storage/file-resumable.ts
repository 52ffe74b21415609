import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { ProblemError } from '../errors.ts';
import { flush, flushFolders } from './flush.ts';
import { fillFolder } from './folders.ts';
import { validKey } from './key.ts';
import type { ResumableUploads } from './object-store.ts';

/** Where tus's file store keeps what it knows of an upload. */
export const noteOf = (path: string) => `${path}.json`;

/**
 * Resumable uploads as files that grow in their place. Each write is flushed before it counts, so that a power cut
 * takes nothing back that a client was told.
 * @param root the object store's folder; it is made when it is first needed
 */
export function createFileResumable(root: string): ResumableUploads {
  const place = (key: string) => join(root, validKey(key));
  let opening: Promise<FileStore> | undefined;
  const open = () =>
    (opening ??= openFileStore(root).catch((error: unknown) => {
      opening = undefined;
      throw error;
    }));
  return {
    create: async (upload) => {
      const path = place(upload.id);
      const files = await open();
      const created = await fillFolder(dirname(path), () => files.create(upload));
      await flush(noteOf(path));
      await flushFolders(dirname(path), dirname(root));
      return created;
    },
    write: async (source, key, offset) => {
      const path = place(key);
      const end = await (await open()).write(source, key, offset).catch(explain);
      await flush(path);
      return end;
    },
    getUpload: async (key) => (await open()).getUpload(validKey(key)).catch(explain),
  };
}

/** The constructor makes the folder behind our back, and a failure there would end the process. */
async function openFileStore(directory: string): Promise<FileStore> {
  await mkdir(directory, { recursive: true });
  return new FileStore({ directory });
}

/** tus throws plain objects with an HTTP status. */
function explain(error: unknown): never {
  const { status_code: status, body } = error as { status_code?: number; body?: string };
  if (status === 404 || status === 410) throw new ProblemError('not_found');
  throw error instanceof Error ? error : new Error(body?.trim());
}
