import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Flush a folder and those above it. A new name survives a power cut only when its folder is flushed, and a new folder
 * only when its parent is. One that is gone again has nothing to be flushed.
 * @param folder where to begin
 * @param last where to end
 */
export async function flushFolders(folder: string, last: string): Promise<void> {
  await flush(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  if (folder !== last) await flushFolders(dirname(folder), last);
}

/** Make what was written to a file, or the names in a folder, survive a power cut. */
export async function flush(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
