import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { imagesIn } from './frame-stream.ts';
import { collect } from '../../test/support/processor.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

const behindHeaders = (images: Buffer[]) =>
  Buffer.concat([
    Buffer.from('--ffmpeg\r\n'),
    ...images.flatMap((image) => [
      Buffer.from(`Content-type: image/jpeg\r\nContent-length: ${image.length}\r\n\r\n`),
      image,
      Buffer.from('\r\n--ffmpeg\r\n'),
    ]),
  ]);
const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = [1, 2].map((seed) =>
  Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, index) => (index * index * seed) % 251)),
);
const drawn = (pixels: Buffer) => sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
// An odd length of the picture's data makes WebP pad it.
const oddWebp = Buffer.from('RIFF\x05\0\0\0WEBPx\0', 'latin1');

const kinds = [
  {
    format: 'jpg',
    framed: behindHeaders,
    images: [
      Buffer.from('first'),
      Buffer.from('\r\n\r\n--ffmpeg\r\nContent-length: 9\r\n\r\n'),
      Buffer.alloc(5000, 7),
    ],
    bad: [behindHeaders([Buffer.alloc(10_001)]), behindHeaders([Buffer.alloc(0)]), Buffer.alloc(5000, 'x')],
  },
  {
    format: 'png',
    framed: (all: Buffer[]) => Buffer.concat(all),
    images: [await drawn(first).png().toBuffer(), await drawn(second).png().toBuffer()],
    bad: [
      Buffer.alloc(5000, 'x'),
      Buffer.from('\x89PNG\r\n\x1a\n\x7f\xff\xff\xffIDAT', 'latin1'),
      Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        ...Array.from({ length: 1000 }, () => Buffer.from('\0\0\0\0IDAT\0\0\0\0', 'latin1')),
      ]),
    ],
  },
  {
    format: 'webp',
    framed: (all: Buffer[]) => Buffer.concat(all),
    images: [await drawn(first).webp().toBuffer(), oddWebp, await drawn(second).webp().toBuffer()],
    bad: [Buffer.alloc(5000, 'x'), Buffer.from('RIFF\xff\xff\xff\xffWEBP', 'latin1')],
  },
] as const;

describe.each(kinds)('imagesIn, $format', ({ format, framed, images, bad }) => {
  const whole = framed([...images]);

  test.each([1, 2, 7, 100, 4096, 100_000])('finds the images in chunks of %i bytes', async (size) => {
    const found = await collect(imagesIn(inChunks(whole, size), format, 10_000));
    expect(found).toEqual(images);
  });

  test.each([20, 50, 150])('drops an image that was cut off by %i bytes', async (missing) => {
    const cut = whole.subarray(0, -missing);
    expect(await collect(imagesIn(inChunks(cut, 64), format, 10_000))).toEqual(images.slice(0, -1));
  });

  test('refuses what is no image, or one over the limit', async () => {
    for (const bytes of bad) {
      const found = collect(imagesIn(inChunks(bytes, 64), format, 10_000));
      await expect(found).rejects.toMatchObject({ retryable: true });
    }
  });

  test('asks for no more bytes than the image that is wanted needs, and closes the source', async () => {
    const state = { asked: 0, closed: false };
    async function* counted() {
      try {
        for await (const chunk of inChunks(whole, 16)) {
          state.asked += chunk.length;
          yield chunk;
        }
      } finally {
        state.closed = true;
      }
    }
    const found = imagesIn(counted(), format, 10_000);
    await found.next();
    expect(state.asked).toBeLessThan(images[0].length + 128);
    await found.return(undefined);
    expect(state.closed).toBe(true);
  });
});
