import type { Recipe } from '../../lib/recipe.ts';
import { createByteReader, type ByteReader } from './byte-reader.ts';
import { transientFailure } from './extraction-failure.ts';

/** How images follow each other on ffmpeg's pipe. */
interface Framing {
  /** The name of ffmpeg's format. */
  muxer: string;
  /** @returns the next image, or undefined when the stream ends before the image does */
  next: (from: ByteReader, maxImageBytes: number) => Promise<Buffer | undefined>;
}

/**
 * Each image comes after a MIME header with its length, which saves looking for the end of a JPEG, that tells none.
 * Since ffmpeg 7.1 this format takes no other codec.
 */
const afterMimeHeader: Framing = {
  muxer: 'mpjpeg',
  next: async (from, maxImageBytes) => {
    const header = await from.readThrough('\r\n\r\n', 1024);
    if (header === null) throw transientFailure('ffmpeg wrote no image header');
    if (!header) return undefined;
    const length = /Content-length: (\d+)\r\n\r\n$/.exec(header.toString('latin1'))?.[1];
    return from.read(within(maxImageBytes, Number(length)));
  },
};

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** One PNG behind the other: a signature, then chunks of length, type, data and checksum up to `IEND` (RFC 2083, 3). */
const pngs: Framing = {
  muxer: 'image2pipe',
  next: async (from, maxImageBytes) => {
    const signature = await from.read(PNG_SIGNATURE.length);
    if (!signature) return undefined;
    if (!signature.equals(PNG_SIGNATURE)) throw transientFailure('ffmpeg wrote no PNG');
    const parts = [signature];
    for (let total = signature.length; ;) {
      const head = await from.read(8);
      if (!head) return undefined;
      const length = head.readUInt32BE() + 4;
      total = within(maxImageBytes, total + head.length + length);
      const body = await from.read(length);
      if (!body) return undefined;
      parts.push(head, body);
      if (head.toString('latin1', 4) === 'IEND') return Buffer.concat(parts);
    }
  },
};

/** One WebP behind the other: `RIFF`, the length of what follows, then that, padded to an even length (RFC 9649, 2.3). */
const webps: Framing = {
  muxer: 'image2pipe',
  next: async (from, maxImageBytes) => {
    const head = await from.read(8);
    if (!head) return undefined;
    if (head.toString('latin1', 0, 4) !== 'RIFF') throw transientFailure('ffmpeg wrote no WebP');
    const length = head.readUInt32LE(4);
    const body = await from.read(within(maxImageBytes, length + (length % 2)));
    return body && Buffer.concat([head, body]);
  },
};

const FRAMINGS: Record<Recipe['format'], Framing> = { jpg: afterMimeHeader, png: pngs, webp: webps };

/** @returns the ffmpeg format that `imagesIn` can cut images of this kind out of */
export const muxerOf = (format: Recipe['format']): string => FRAMINGS[format].muxer;

/**
 * Cut what ffmpeg writes into images.
 * @param source the bytes that ffmpeg writes in the format of `muxerOf`; they are only asked for when the next image is
 * @param maxImageBytes a longer image is an error
 * @returns the images, one Buffer each; an unfinished last image is dropped
 * @throws ExtractionFailure, a retryable one, when the bytes are no such images
 */
export async function* imagesIn(
  source: AsyncIterable<Buffer>,
  format: Recipe['format'],
  maxImageBytes: number,
): AsyncGenerator<Buffer> {
  const bytes = source[Symbol.asyncIterator]();
  try {
    const from = createByteReader(bytes);
    const { next } = FRAMINGS[format];
    for (let image = await next(from, maxImageBytes); image; image = await next(from, maxImageBytes)) {
      yield image;
    }
  } finally {
    await bytes.return?.();
  }
}

function within(maxImageBytes: number, length: number): number {
  if (length > 0 && length <= maxImageBytes) return length;
  throw transientFailure(`ffmpeg wrote an image of ${length} bytes`);
}
