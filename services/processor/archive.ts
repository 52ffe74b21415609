import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { headerBytes } from '../../lib/archive-layout.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';

/** What was stored under the archive's key. */
interface StoredArchive {
  key: string;
  size: number;
  sha256: string;
}

/** A ZIP that flows into the object store while it is written. */
export interface ArchiveWriter {
  /**
   * Resolves when the archive can take more: a slow store slows its writer down.
   * @returns where the content begins in the archive, in bytes
   */
  add(name: string, content: Buffer): Promise<number>;
  /** Writes the end and resolves when the whole object is stored. */
  finish(): Promise<StoredArchive>;
  /** Give up an unfinished archive: nothing stays in the store. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

/** The beginning of ZIP time, so that the same input gives the same bytes. */
const ENTRY_DATE = new Date('1980-01-01T00:00:00Z');
/** How much may wait between the writer and the store. archiver takes in any number of Buffers without a brake. */
const BACKLOG_BYTES = 4 * 1024 ** 2;

/**
 * Begin a stored (not deflated) ZIP; ZIP64 where it needs to be.
 * @param signal aborts the put
 */
export function writeArchive(store: ObjectStore, key: string, signal: AbortSignal): ArchiveWriter {
  const broken = new AbortController();
  const zip = new ZipArchive({ store: true });
  const meter = createMeter();
  let written = 0;

  const stored = Promise.all([
    store.put(key, meter.stream, AbortSignal.any([signal, broken.signal])),
    pipeline(zip, meter.stream),
  ]).catch((error: unknown) => {
    broken.abort(error);
    throw error;
  });
  stored.catch(() => undefined);

  return {
    add: async (name, content) => {
      broken.signal.throwIfAborted();
      const entered = once(zip, 'entry', { signal: broken.signal });
      zip.append(content, { name, date: ENTRY_DATE });
      await entered;
      const begin = written + headerBytes(name);
      written = begin + content.length;
      while (written - meter.size() > BACKLOG_BYTES) {
        await once(meter.stream, 'passed', { signal: broken.signal });
      }
      return begin;
    },
    finish: async () => {
      await Promise.all([zip.finalize(), stored]);
      return { key, size: meter.size(), sha256: meter.sha256() };
    },
    abandon: async () => {
      broken.abort(new Error('The archive is given up'));
      zip.destroy();
      await stored.catch(() => undefined);
    },
  };
}

/** Counts and hashes what passes, and emits `passed` after each chunk. */
function createMeter() {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
      stream.emit('passed');
    },
  });
  return { stream, size: () => size, sha256: () => hash.digest('hex') };
}
