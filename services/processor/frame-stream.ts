import { transientFailure } from './extraction-failure.ts';

const HEADER_END = '\r\n\r\n';
const MAX_HEADER_BYTES = 1024;

/**
 * Cut ffmpeg's `mpjpeg` output into images. In spite of its name that format frames any image codec: each image comes
 * after a MIME header with its length.
 * @param source the bytes that ffmpeg writes; they are only asked for when the next image is
 * @param maxImageBytes a longer image is an error
 * @returns the images, one Buffer each; an unfinished last image is dropped
 */
export async function* imagesIn(
  source: AsyncIterable<Buffer>,
  maxImageBytes: number,
): AsyncGenerator<Buffer> {
  let header = Buffer.alloc(0);
  let image: { bytes: Buffer; filled: number } | undefined;
  for await (const chunk of source) {
    let rest = chunk;
    while (rest.length > 0) {
      if (!image) {
        header = Buffer.concat([header, rest]);
        const end = header.indexOf(HEADER_END);
        if (end < 0) {
          if (header.length > MAX_HEADER_BYTES) throw transientFailure('ffmpeg wrote no image header');
          break;
        }
        image = { bytes: Buffer.allocUnsafeSlow(imageLength(header, end, maxImageBytes)), filled: 0 };
        rest = header.subarray(end + HEADER_END.length);
        header = Buffer.alloc(0);
      }
      const taken = rest.copy(image.bytes, image.filled);
      image.filled += taken;
      rest = rest.subarray(taken);
      if (image.filled === image.bytes.length) {
        yield image.bytes;
        image = undefined;
      }
    }
  }
}

function imageLength(header: Buffer, end: number, maxImageBytes: number): number {
  const length = Number(/Content-length: (\d+)$/.exec(header.toString('latin1', 0, end))?.[1]);
  if (!(length > 0 && length <= maxImageBytes)) {
    throw transientFailure(`ffmpeg wrote an image of ${length} bytes`);
  }
  return length;
}
