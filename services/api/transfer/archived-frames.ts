import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LRUCache } from 'lru-cache';
import { headerBytes, manifestFramesSchema, type ManifestFrame } from '../../../lib/archive-layout.ts';
import type { ArchiveLocation } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';

/** An encoded picture that is not read yet. */
export interface Image {
  size: number;
  content: Readable;
}

/** The frames of an archive, without reading the whole of it. */
export interface ArchivedFrames {
  list(archive: ArchiveLocation): Promise<ManifestFrame[]>;
  /**
   * @param index counts from 1
   * @throws ProblemError `not_found`
   */
  image(archive: ArchiveLocation, index: number): Promise<Image>;
}

/** So many frames may be remembered, of all archives together: about 32 MB. */
const MAX_REMEMBERED = 200_000;

interface Listing {
  frames: ManifestFrame[];
  /** Where each frame's content begins in the archive. */
  offsets: Float64Array;
}

/** An archive never changes, so its manifest is remembered: a gallery asks for frame after frame. */
export function createArchivedFrames(store: ObjectStore): ArchivedFrames {
  const remembered = new LRUCache<string, Promise<Listing>>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: () => 1,
  });

  const read = async ({ key, manifest: { offset, size } }: ArchiveLocation): Promise<Listing> => {
    const text = await buffer(await store.get(key, { start: offset, end: offset + size - 1 }));
    const { frames } = manifestFramesSchema.parse(JSON.parse(text.toString()));
    return { frames, offsets: offsetsOf(frames) };
  };

  const listing = async (archive: ArchiveLocation): Promise<Listing> => {
    const known = remembered.get(archive.key);
    if (known) return known;
    const reading = read(archive);
    remembered.set(archive.key, reading, { size: 1 });
    try {
      const found = await reading;
      remembered.set(archive.key, reading, { size: Math.max(1, found.frames.length) });
      return found;
    } catch (error) {
      remembered.delete(archive.key);
      throw error;
    }
  };

  return {
    list: async (archive) => (await listing(archive)).frames,
    image: async (archive, index) => {
      const { frames, offsets } = await listing(archive);
      const frame = frames[index - 1];
      const start = offsets[index - 1];
      if (!frame || start === undefined) throw new ProblemError('not_found');
      const { size } = frame;
      return { size, content: await store.get(archive.key, { start, end: start + size - 1 }) };
    },
  };
}

/** Entries stand one behind the other, each a local header and its stored content. */
function offsetsOf(frames: ManifestFrame[]): Float64Array {
  const offsets = new Float64Array(frames.length);
  let next = 0;
  frames.forEach(({ file, size }, place) => {
    offsets[place] = next + headerBytes(file);
    next = (offsets[place] ?? 0) + size;
  });
  return offsets;
}
