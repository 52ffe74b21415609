const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 1024 ** 2;

/** How much one of several transfers may buffer; given back when it ends. */
export interface BufferShare extends Disposable {
  bytes: number;
}

/**
 * Large buffers make few reads and writes, but many transfers at once must not take the memory: they share it.
 * @param allBytes what all together may take, about
 * @returns gives the next transfer its share, from 64 KiB to 1 MiB
 */
export function shareBuffers(allBytes: number): () => BufferShare {
  let sharers = 0;
  return () => {
    sharers += 1;
    const bytes = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.floor(allBytes / sharers)));
    let held = true;
    return {
      bytes,
      [Symbol.dispose]: () => {
        if (held) sharers -= 1;
        held = false;
      },
    };
  };
}
