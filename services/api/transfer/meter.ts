import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';
import { ProblemError } from '../../../lib/errors.ts';
import { fileTooLarge } from '../../../lib/quota-problems.ts';

/** What passed through a meter. `contentType` is what the bytes say, undefined when they say nothing. */
export interface Measured {
  size: number;
  sha256: string;
  contentType: string | undefined;
}

export interface Meter {
  stream: Transform;
  /** Read it after the stream has ended. */
  measured: () => Measured;
}

/** What file-type needs to see of a file to know its container. */
export const SNIFF_BYTES = 4100;

/** Containers of moving pictures or sound that file-type calls by other names. */
const containers = new Set([
  'application/mxf',
  'application/ogg',
  'application/vnd.ms-asf',
  'application/vnd.rn-realmedia',
]);

/**
 * Watches bytes on their way to the store: counts and hashes them, ends what is too large, and looks at the first ones
 * for the container. What is surely something else than a video (a picture, a PDF, an archive) is refused; what
 * nothing is known of passes, and the probe decides.
 * @param maxBytes the size limit
 * @returns a pass-through stream that fails with ProblemError `too_large` or `unsupported_media`
 */
export function createMeter(maxBytes: number): Meter {
  const hash = createHash('sha256');
  let size = 0;
  /** What is known of the first bytes; null once they have been looked at. */
  let head: Buffer | null = Buffer.alloc(0);
  let contentType: string | undefined;

  const sniff = async (bytes: Buffer) => {
    head = null;
    contentType = await sniffContainer(bytes);
  };

  const stream = new Transform({
    // Nearly all chunks pass at once: a promise for each would cost more than the hashing.
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size > maxBytes) {
        done(fileTooLarge(size, maxBytes));
        return;
      }
      hash.update(chunk);
      if (head) head = Buffer.concat([head, chunk.subarray(0, SNIFF_BYTES)]);
      if (!head || head.length < SNIFF_BYTES) done(null, chunk);
      else sniff(head).then(() => done(null, chunk), done);
    },
    flush: (done) => {
      if (head) sniff(head).then(() => done(), done);
      else done();
    },
  });
  return { stream, measured: () => ({ size, sha256: hash.digest('hex'), contentType }) };
}

/**
 * What the first bytes of a file say about its container.
 * @param head the first {@link SNIFF_BYTES}, or the whole of a smaller file
 * @returns the MIME type; undefined when they say nothing
 * @throws ProblemError `unsupported_media` when it is surely no video
 */
export async function sniffContainer(head: Buffer): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found && !mayBeVideo(found.mime)) {
    throw new ProblemError('unsupported_media', { detail: `This is ${found.mime}, not a video` });
  }
  return found?.mime;
}

const mayBeVideo = (mime: string) =>
  mime.startsWith('video/') || mime.startsWith('audio/') || containers.has(mime);
