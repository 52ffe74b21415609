import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Large buffers make few writes; together, all that are written at once may take about so much. */
const BUFFER = { all: 16 * 1024 ** 2, least: 64 * 1024, most: 1024 ** 2 };
const FLUSH_MS = 200;

let writing = 0;

/**
 * Write a stream into a new file, and see it through to the disk. What has arrived goes there while more comes, so that
 * little is left to wait for at the end.
 * @param path must not exist yet
 */
export async function writeNewFile(path: string, source: Readable, signal?: AbortSignal): Promise<void> {
  writing += 1;
  try {
    const handle = await open(path, 'wx');
    const highWaterMark = Math.min(BUFFER.most, Math.max(BUFFER.least, Math.floor(BUFFER.all / writing)));
    const file = handle.createWriteStream({ flush: true, highWaterMark });
    let flushing = false;
    const flush = async () => {
      if (flushing) return;
      flushing = true;
      // A failure is told once only; whoever flushes at the end would not hear of it.
      await handle.datasync().catch((error: unknown) => file.destroy(error as Error));
      flushing = false;
    };
    const timer = setInterval(() => void flush(), FLUSH_MS);
    await pipeline(source, file, signal ? { signal } : {}).finally(() => clearInterval(timer));
  } finally {
    writing -= 1;
  }
}
