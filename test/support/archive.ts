import yauzl, { type ZipFile } from 'yauzl';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { Manifest } from '../../services/processor/manifest.ts';

/** What is in an archive: the names in their order, the manifest, and the bytes of each file. */
export interface OpenedArchive {
  names: string[];
  manifest: Manifest;
  files: Map<string, Buffer>;
}

/** Open an archive with a library that the system itself does not use; checksums are verified on the way. */
export async function openArchive(bytes: Buffer): Promise<OpenedArchive> {
  const files = await openZip(bytes);
  return { names: [...files.keys()], manifest: manifestIn(files), files };
}

/** The entries of a stored archive, in order. */
export async function readArchive(store: ObjectStore, key: string): Promise<Map<string, Buffer>> {
  await using file = await store.localFile(key);
  return await entriesOf(await yauzl.openPromise(file.path));
}

export function manifestIn(entries: Map<string, Buffer>): Manifest {
  return JSON.parse(String(entries.get('manifest.json'))) as Manifest;
}

/** The entries of any ZIP. */
export async function openZip(bytes: Buffer): Promise<Map<string, Buffer>> {
  return entriesOf(await yauzl.fromBufferPromise(bytes));
}

async function entriesOf(zip: ZipFile): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const content = await zip.openReadStreamPromise(entry);
    entries.set(entry.fileName, Buffer.concat(await content.toArray()));
  }
  return entries;
}
