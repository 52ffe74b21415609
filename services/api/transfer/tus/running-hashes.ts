import { createHash, type Hash } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';

/** Of how many uploads the hash is kept; those that are forgotten are read again at the end. */
const REMEMBERED = 1000;

/** The SHA-256 of uploads whose bytes have all come through this process, one after the other. */
export interface RunningHashes {
  /**
   * Hand bytes on to be written, and hash them on their way.
   * @param offset where the upload ends now
   * @param write gets the bytes, and tells where the upload ends then
   */
  pass(
    key: string,
    offset: number,
    source: Readable,
    write: (hashed: Readable) => Promise<number>,
  ): Promise<number>;
  /** @returns the hexadecimal digest of the first `size` bytes; undefined when it is not known here */
  digestOf(key: string, size: number): string | undefined;
  forget(key: string): void;
}

/** Remembers the hashes of the uploads that went on last; of the others, digests are made by reading. */
export function createRunningHashes(): RunningHashes {
  const known = new LRUCache<string, { offset: number; hash: Hash }>({ max: REMEMBERED });
  return {
    pass: async (key, offset, source, write) => {
      const before = offset === 0 ? { offset, hash: createHash('sha256') } : known.get(key);
      known.delete(key);
      if (before?.offset !== offset) return write(source);
      const { stream, size } = hashing(source, before.hash);
      const end = await write(stream);
      // What was read but not stored is in the hash already; it is of no use then.
      if (end === offset + size()) known.set(key, { offset: end, hash: before.hash });
      return end;
    },
    digestOf: (key, size) => {
      const found = known.get(key);
      return found?.offset === size ? found.hash.copy().digest('hex') : undefined;
    },
    forget: (key) => {
      known.delete(key);
    },
  };
}

function hashing(source: Readable, hash: Hash): { stream: Readable; size: () => number } {
  let size = 0;
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Whoever writes learns of a failure by reading.
  pipeline(source, stream, () => undefined);
  return { stream, size: () => size };
}
