import { fileURLToPath } from 'node:url';
import { createFileStore } from './file.ts';
import { measuredStore } from './measured.ts';
import type { ObjectStore } from './object-store.ts';
import { createS3Store } from './s3.ts';
import { readS3Location } from './s3-location.ts';
import { tracedStore } from './traced.ts';

/** The adapters by the scheme of their URLs. */
const adapters: Record<string, (url: URL) => ObjectStore> = {
  'file:': (url) => createFileStore(fileURLToPath(url)),
  's3:': (url) => createS3Store(readS3Location(url)),
};

/**
 * The object store behind a URL. Nothing is read or written yet.
 * @param url `file:///folder` or `s3://bucket/prefix?…`, percent-encoded like every URL
 * @throws Error when no adapter knows the scheme, or the adapter finds a fault in the URL
 */
export function openStore(url: string): ObjectStore {
  const parsed = new URL(url);
  const open = adapters[parsed.protocol];
  if (!open) throw new Error(`There is no object store for ${parsed.protocol} URLs`);
  return tracedStore(measuredStore(open(parsed)));
}
