import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';

interface Manifest {
  video: { filename: string; sha256: string };
  expectedFrames: number;
  warnings: string[];
  frames: { index: number; file: string; timeSeconds: number; width: number; height: number; size: number }[];
}

/** What is in an archive: the names in their order, the manifest, and the bytes of each file. */
export interface OpenedArchive {
  names: string[];
  manifest: Manifest;
  files: Map<string, Buffer>;
}

const open = promisify<Buffer, { lazyEntries: boolean }, ZipFile>(fromBuffer);

/** Open a ZIP with a library that the system itself does not use; checksums are verified on the way. */
export async function openArchive(bytes: Buffer): Promise<OpenedArchive> {
  const zip = await open(bytes, { lazyEntries: true });
  const files = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject).on('end', resolve);
    zip.on('entry', (entry: Entry) => {
      readEntry(zip, entry).then((content) => {
        files.set(entry.fileName, content);
        zip.readEntry();
      }, reject);
    });
    zip.readEntry();
  });
  const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? 'null') as Manifest;
  return { names: [...files.keys()], manifest, files };
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const stream = await promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip))(entry);
  return buffer(stream);
}
