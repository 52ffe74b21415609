import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { shareBuffers } from './buffer-share.ts';

const nextShare = shareBuffers(8 * 1024 ** 2);
const FLUSH_MS = 200;

/**
 * Write a stream into a new file, and see it through to the disk. What has arrived goes there while more comes, so that
 * little is left to wait for at the end.
 * @param path must not exist yet
 */
export async function writeNewFile(path: string, source: Readable, signal?: AbortSignal): Promise<void> {
  using share = nextShare();
  const handle = await open(path, 'wx');
  const file = handle.createWriteStream({ flush: true, highWaterMark: share.bytes });
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
}
