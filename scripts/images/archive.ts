import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** A file of an image: its settings and history, or a file of one of its layers, deleted later on or not. */
export interface ImageFile {
  /** The layer's name in the archive; undefined where it is a file of the archive itself. */
  layer: string | undefined;
  path: string;
  content: Buffer;
}

/**
 * Everything in an archive of images as `podman save` and `docker save` write it: every file of every layer. A layer
 * that several images share comes once.
 * @throws Error when it holds less or other layers than its manifest says
 */
export async function* imageFiles(archive: Readable): AsyncGenerator<ImageFile> {
  const seen = new Set<string>();
  let manifest: { Layers: string[] }[] = [];
  for await (const outer of entries(archive)) {
    const { name } = outer.header;
    if (name.endsWith('.tar')) {
      seen.add(name);
      for await (const file of entries(Readable.from(outer))) {
        yield { layer: name, path: plain(file.header.name), content: await buffer(file) };
      }
      continue;
    }
    const content = await buffer(outer);
    if (name === 'manifest.json') manifest = JSON.parse(content.toString()) as typeof manifest;
    yield { layer: undefined, path: name, content };
  }
  const missing = new Set(manifest.flatMap(({ Layers }) => Layers)).difference(seen);
  if (seen.size === 0 || missing.size > 0) {
    throw new Error(
      `The archive of the images has ${seen.size} layers, and lacks ${[...missing].join(', ')}`,
    );
  }
}

const plain = (path: string) => path.replace(/^(?:\.?\/)+/, '');

/** The files of a tar, one after the other; whoever takes one must read it. */
async function* entries(tar: Readable) {
  const reader = extract();
  tar.once('error', (error) => reader.destroy(error)).pipe(reader);
  for await (const entry of reader) {
    if (entry.header.type === 'file') yield entry;
    else entry.resume();
  }
}
