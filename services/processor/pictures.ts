import type { Recipe } from '../../lib/recipe.ts';
import type { FfmpegRun } from './ffmpeg-run.ts';
import { imagesIn } from './frame-stream.ts';
import { createLineUp, type LineUp } from './line-up.ts';

/** One wanted frame, decoded and encoded. */
export interface Picture {
  image: Buffer;
  /** When the source presents it, in microseconds from the first frame. */
  timeUs: number;
  /** Its place in the source's order of presentation, from 0. */
  sourceIndex: number;
  /** A small RGB copy; only some pictures have one. */
  thumb: Buffer | undefined;
}

/** What decoders write beside each other: an image for each frame and a thumb for some. */
export interface PictureFormat {
  format: Recipe['format'];
  maxImageBytes: number;
  thumbBytes: number;
  /** Every how many-th image has a thumb. */
  every: number;
}

/**
 * Read what a run writes, an image at a time; ffmpeg waits while nobody asks for the next one. It writes an image and
 * its thumb in any order, and other images between them, so neither pipe ever waits for the other.
 */
export async function* readPictures(
  { stdout, extra }: Pick<FfmpegRun, 'stdout' | 'extra'>,
  { format, maxImageBytes, thumbBytes, every }: PictureFormat,
): AsyncGenerator<Pick<Picture, 'image' | 'thumb'>> {
  const thumbs = createLineUp<Buffer>();
  void collect(cut(extra, thumbBytes), thumbs);
  const images = createImageReader(imagesIn(stdout, format, maxImageBytes));
  for (let count = 0; await images.has(); count += 1) {
    const thumb = count % every === 0 ? await images.readingOn(thumbs.take()) : undefined;
    const image = images.shift();
    if (image) yield { image, thumb };
  }
}

/** Images that are read one by one, and further ones while something else is awaited. */
function createImageReader(source: AsyncGenerator<Buffer>) {
  const images: Buffer[] = [];
  const state = { ended: false };
  let reading: Promise<void> | undefined;

  const read = async () => {
    const next = await source.next();
    if (next.done === true) state.ended = true;
    else images.push(next.value);
    reading = undefined;
  };
  const readOn = () => (reading ??= read());

  return {
    shift: () => images.shift(),
    has: async () => {
      while (images.length === 0 && !state.ended) await readOn();
      return images.length > 0;
    },
    readingOn: async <T>(awaited: Promise<T>): Promise<T> => {
      const arrival = { come: false };
      const arriving = awaited.then(() => {
        arrival.come = true;
      });
      while (!arrival.come && !state.ended) await Promise.race([arriving, readOn()]);
      return awaited;
    },
  };
}

async function collect(source: AsyncIterable<Buffer>, into: LineUp<Buffer>): Promise<void> {
  try {
    for await (const piece of source) into.push(piece);
  } catch {
    // How the process ended tells why its pipe broke.
  } finally {
    into.close();
  }
}

/** Cut a stream into pieces of one length; what is left at the end is dropped. */
async function* cut(source: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer, undefined> {
  let piece = Buffer.allocUnsafeSlow(bytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      const copied = chunk.copy(piece, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < bytes) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(bytes);
      filled = 0;
    }
  }
  return undefined;
}

/**
 * Let a producer run ahead of its reader.
 * @param maxBytes how much may wait; at least one item always may
 */
export function readAhead<T>(
  source: AsyncGenerator<T>,
  bytesOf: (item: T) => number,
  maxBytes: number,
): AsyncGenerator<T> {
  const waiting: T[] = [];
  let bytes = 0;
  let ended = false;
  let failure: { error: unknown } | undefined;
  let changed = Promise.withResolvers<undefined>();
  const tell = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };

  const produce = async () => {
    try {
      for await (const item of source) {
        waiting.push(item);
        bytes += bytesOf(item);
        tell();
        while (bytes > maxBytes && !ended) await changed.promise;
        if (ended) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      ended = true;
      tell();
    }
  };

  const consume = async function* () {
    try {
      for (;;) {
        const item = waiting.shift();
        if (item === undefined) {
          if (failure) throw failure.error;
          if (ended) return;
          await changed.promise;
        } else {
          bytes -= bytesOf(item);
          tell();
          yield item;
        }
      }
    } finally {
      ended = true;
      tell();
    }
  };
  void produce();
  return consume();
}
