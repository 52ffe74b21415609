import { once } from 'node:events';
import { Readable } from 'node:stream';
import { extract, pack, type Header, type Pack } from 'tar-stream';
import { z } from 'zod';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { transientFailure } from '../extraction-failure.ts';
import type { Heard } from '../ear.ts';
import type { Picture } from '../pictures.ts';

/**
 * The pictures of one range as one object: a tar with an entry for each picture (its image, then its thumb), and a last
 * one that says what the decoders told.
 */
const PICTURE = 'picture';
const HEARD = 'heard';

/** The pax headers of a picture: numbers in decimal digits. */
const aboutSchema = z.object({
  timeUs: z.coerce.number(),
  sourceIndex: z.coerce.number(),
  imageBytes: z.coerce.number(),
});
const heardSchema = z.strictObject({ damaged: z.boolean(), interlaced: z.boolean() });

/**
 * Store pictures under a key.
 * @param heard asked when the last picture has come
 * @throws whatever the pictures or the store throw first
 */
export async function storeRange(
  store: ObjectStore,
  key: string,
  { pictures, heard }: { pictures: AsyncIterable<Picture>; heard: () => Heard },
  signal: AbortSignal,
): Promise<void> {
  const tar = pack();
  const broken = new AbortController();
  const within = AbortSignal.any([signal, broken.signal]);
  const source = watched(pictures);
  const [stored, written] = await Promise.allSettled([
    store.put(key, Readable.from(tar), within).finally(() => tar.destroy()),
    writeEntries(tar, source.pictures, heard, within).catch((error: unknown) => {
      broken.abort(error);
      throw error;
    }),
  ]);
  // Each side ends the other, which then complains of that.
  const failures = [source.failure(), stored, written].filter((it) => it?.status === 'rejected');
  if (failures[0]) throw failures[0].reason;
}

/** Remembers why pictures have ended too early. */
function watched(pictures: AsyncIterable<Picture>) {
  let failure: PromiseRejectedResult | undefined;
  const watch = async function* () {
    try {
      yield* pictures;
    } catch (reason) {
      failure = { status: 'rejected', reason };
      throw reason;
    }
  };
  return { pictures: watch(), failure: () => failure };
}

async function writeEntries(
  tar: Pack,
  pictures: AsyncIterable<Picture>,
  heard: () => Heard,
  signal: AbortSignal,
): Promise<void> {
  for await (const { image, thumb, timeUs, sourceIndex } of pictures) {
    signal.throwIfAborted();
    const about = { timeUs, sourceIndex, imageBytes: image.length };
    const pax = Object.fromEntries(Object.entries(about).map(([name, value]) => [name, String(value)]));
    await write(tar, { name: PICTURE, pax }, thumb ? [image, thumb] : [image], signal);
  }
  await write(tar, { name: HEARD }, [Buffer.from(JSON.stringify(heard()))], signal);
  tar.finalize();
}

/** Resolves when the store can take more. */
async function write(
  tar: Pack,
  header: { name: string; pax?: Record<string, string> },
  contents: Buffer[],
  signal: AbortSignal,
): Promise<void> {
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  const entry = tar.entry({ ...header, size });
  const taken = once(entry, 'finish', { signal });
  for (const content of contents.slice(0, -1)) entry.write(content);
  entry.end(contents.at(-1));
  await taken;
}

/**
 * Read the pictures of a stored range.
 * @param onHeard gets what the decoders of the range told
 * @throws ExtractionFailure, retryable, when the object is not whole
 */
export async function* readRange(
  content: Readable,
  onHeard: (heard: Heard) => void,
): AsyncGenerator<Picture> {
  const tar = extract();
  content.once('error', (error) => tar.destroy(error)).pipe(tar);
  let isWhole = false;
  try {
    for await (const entry of tar) {
      const bytes = await contentOf(entry);
      if (entry.header.name === HEARD) {
        onHeard(heardSchema.parse(JSON.parse(bytes.toString())));
        isWhole = true;
      } else {
        yield pictureOf(entry.header.pax, bytes);
      }
    }
  } finally {
    content.destroy();
  }
  if (!isWhole) throw transientFailure('a stored range is not whole');
}

/** One buffer from the start: pieces that are put together later would be copied twice. */
async function contentOf(entry: AsyncIterable<unknown> & { header: Header }): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(entry.header.size);
  let filled = 0;
  for await (const piece of entry as AsyncIterable<Buffer>) filled += piece.copy(content, filled);
  return content;
}

function pictureOf(pax: unknown, bytes: Buffer): Picture {
  const { timeUs, sourceIndex, imageBytes } = aboutSchema.parse(pax);
  const thumb = bytes.length > imageBytes ? bytes.subarray(imageBytes) : undefined;
  return { image: bytes.subarray(0, imageBytes), thumb, timeUs, sourceIndex };
}
