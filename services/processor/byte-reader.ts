/** Bytes of a stream in pieces of the lengths that the reader asks for. */
export interface ByteReader {
  /** @returns exactly so many bytes, in memory of their own; undefined when the stream ends before them */
  read(bytes: number): Promise<Buffer | undefined>;
  /**
   * @param end one or more ASCII characters
   * @returns everything up to the next `end`, with it; undefined when the stream ends before, null when `end` does not
   *   come within `maxBytes`
   */
  readThrough(end: string, maxBytes: number): Promise<Buffer | undefined | null>;
}

/**
 * Read a stream by lengths; it is only asked for more when a piece needs more.
 * @param source left open at its end, so whoever made it also closes it
 */
export function createByteReader(source: AsyncIterator<Buffer>): ByteReader {
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    const next = await source.next();
    if (next.done === true) return false;
    rest = next.value;
    return true;
  };

  return {
    read: async (bytes) => {
      const piece = Buffer.allocUnsafeSlow(bytes);
      for (let filled = 0; filled < bytes;) {
        if (rest.length === 0 && !(await more())) return undefined;
        const taken = rest.copy(piece, filled);
        filled += taken;
        rest = rest.subarray(taken);
      }
      return piece;
    },
    readThrough: async (end, maxBytes) => {
      let seen = rest;
      for (;;) {
        const at = seen.indexOf(end, 0, 'latin1');
        if (at >= 0) {
          rest = seen.subarray(at + end.length);
          return seen.subarray(0, at + end.length);
        }
        if (seen.length > maxBytes) return null;
        if (!(await more())) return undefined;
        seen = Buffer.concat([seen, rest]);
      }
    },
  };
}
