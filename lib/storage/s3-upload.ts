import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/** S3 takes 10,000 parts, so an object may have 78 GiB. */
export const PART_BYTES = 8 * 1024 ** 2;

/** Where an object is, in S3's words. */
export interface S3Place {
  Bucket: string;
  Key: string;
}

/**
 * Upload a stream: at once when it is small, in parts when it isn't. One part is sent while the next one is read, so
 * an upload takes the memory of about three. When the source fails or the signal aborts, the source is destroyed and
 * the parts that S3 has are given up.
 * @returns the size in bytes
 * @throws what the source or S3 failed with, or an AbortError
 */
export async function uploadStream(
  client: S3Client,
  place: S3Place,
  source: Readable,
  signal?: AbortSignal,
): Promise<number> {
  let size = 0;
  const body = new Transform({
    readableHighWaterMark: PART_BYTES,
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      done(null, chunk);
    },
  });
  // More than one at a time and a failed part would go unnoticed until the source has filled the other one.
  const upload = new Upload({
    client,
    params: { ...place, Body: body },
    partSize: PART_BYTES,
    queueSize: 1,
    leavePartsOnError: false,
  });
  const reading = pipeline(source, body, signal ? { signal } : {});
  const sending = upload.done().catch((error: unknown) => {
    body.destroy(error as Error);
    throw error;
  });
  // Upload's own abort would leave while a part is on its way; a failed body makes it wait, and clean up.
  const outcomes = await Promise.allSettled([reading, sending]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return size;
}
