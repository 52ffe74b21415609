import { describe, expect, test } from '@jest/globals';
import { imagesIn } from './frame-stream.ts';
import { collect } from '../../test/support/processor.ts';

const framed = (...images: Buffer[]) =>
  Buffer.concat([
    Buffer.from('--ffmpeg\r\n'),
    ...images.flatMap((image) => [
      Buffer.from(`Content-type: image/jpeg\r\nContent-length: ${image.length}\r\n\r\n`),
      image,
      Buffer.from('\r\n--ffmpeg\r\n'),
    ]),
  ]);
const images = [
  Buffer.from('first'),
  Buffer.from('\r\n\r\n--ffmpeg\r\nContent-length: 9\r\n\r\n'),
  Buffer.alloc(5000, 7),
];

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

describe('imagesIn', () => {
  test.each([1, 2, 7, 100, 4096, 100_000])('finds the images in chunks of %i bytes', async (size) => {
    const found = await collect(imagesIn(inChunks(framed(...images), size), 10_000));
    expect(found).toEqual(images);
  });

  test('drops an image that was cut off', async () => {
    const cut = framed(...images).subarray(0, -3000);
    expect(await collect(imagesIn(inChunks(cut, 64), 10_000))).toEqual(images.slice(0, 2));
  });

  test.each([
    ['an image over the limit', framed(Buffer.alloc(101))],
    ['an image of no bytes', framed(Buffer.alloc(0))],
    ['a header that never ends', Buffer.alloc(5000, 'x')],
  ])('refuses %s', async (_name, bytes) => {
    await expect(collect(imagesIn(inChunks(bytes, 64), 100))).rejects.toMatchObject({
      retryable: true,
    });
  });

  test('asks for no more bytes than the image that is wanted needs', async () => {
    let asked = 0;
    async function* counted() {
      for await (const chunk of inChunks(framed(...images), 16)) {
        asked += chunk.length;
        yield chunk;
      }
    }
    const found = imagesIn(counted(), 10_000);
    await found.next();
    expect(asked).toBeLessThan(100);
    await found.return(undefined);
  });
});
