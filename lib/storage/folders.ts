import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** So often in a row nobody empties a folder at just that moment; what is missing is something else then. */
const TRIES = 20;

/**
 * Make a folder and put something into it. Whoever deletes the last object of a folder removes it, even between the two:
 * then both are done again.
 */
export async function fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await mkdir(folder, { recursive: true });
      return await fill();
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/**
 * Remove a folder and those above it, as far as they are empty. The system itself refuses to remove one that is not, so
 * nothing is lost that came meanwhile.
 * @param root stays
 */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  if (resolve(folder) === resolve(root)) return;
  // One that can't be removed, for whatever reason, only takes up a name.
  const removed = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (removed) await removeEmptyFolders(dirname(folder), root);
}
