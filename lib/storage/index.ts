import { fileURLToPath } from 'node:url';
import { createFileStore } from './file.ts';
import type { ObjectStore } from './object-store.ts';

/** The adapters by the scheme of their URLs. */
const adapters: Record<string, (url: URL) => ObjectStore> = {
  'file:': (url) => createFileStore(fileURLToPath(url)),
};

/**
 * The object store behind a URL. Nothing is read or written yet.
 * @param url `file:///folder`, percent-encoded like every URL
 * @throws Error when no adapter knows the scheme
 */
export function openStore(url: string): ObjectStore {
  const parsed = new URL(url);
  const open = adapters[parsed.protocol];
  if (!open) throw new Error(`There is no object store for ${parsed.protocol} URLs`);
  return open(parsed);
}
