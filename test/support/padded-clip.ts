import { readFile } from 'node:fs/promises';
import { footage } from './footage.ts';

/** The header of an MP4 box that players skip, with a size of 64 bits. */
function freeBox(size: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1, 0);
  header.write('free', 4);
  header.writeBigUInt64BE(BigInt(size), 8);
  return header;
}

/**
 * A real clip that is as long as wanted.
 * @param size in bytes, at least 16 more than test/footage/birds.mp4 has
 * @returns how it begins; the rest is zeros, or whatever else
 */
export async function clipOf(size: number): Promise<Buffer> {
  const clip = await readFile(footage('birds.mp4'));
  return Buffer.concat([clip, freeBox(size - clip.length)]);
}

/** The whole of it, in memory, filled up with zeros. */
export async function paddedClip(size: number): Promise<Buffer<ArrayBuffer>> {
  const whole = Buffer.alloc(size);
  (await clipOf(size)).copy(whole);
  return whole;
}
