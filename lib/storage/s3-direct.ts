import { setImmediate as turn } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  paginateListParts,
  UploadPartCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ProblemError } from '../errors.ts';
import type { DirectUploads } from './object-store.ts';
import type { S3Place } from './s3-upload.ts';

/** S3 signs nothing for longer. */
const MAX_SECONDS = 7 * 24 * 3600;
/** Signing is work of the processor; between so many URLs others get their turn. */
const BATCH = 50;

/**
 * Multipart uploads that clients fill by signed URLs.
 * @param config how to reach S3
 * @param place finds a key in it
 */
export function createDirectUploads(config: S3ClientConfig, place: (key: string) => S3Place): DirectUploads {
  // Nobody here knows a checksum of bytes that go from elsewhere.
  const client = new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
  return {
    begin: async (key, contentType) => {
      const begin = new CreateMultipartUploadCommand({ ...place(key), ContentType: contentType });
      const { UploadId } = await client.send(begin);
      if (!UploadId) throw new Error('S3 began an upload without a name');
      return UploadId;
    },

    sign: async (key, UploadId, sizes, expiresSeconds) => {
      const expiresIn = Math.min(expiresSeconds, MAX_SECONDS);
      const urls: string[] = [];
      for (const [index, ContentLength] of sizes.entries()) {
        if (index % BATCH === BATCH - 1) await turn();
        const part = { ...place(key), UploadId, PartNumber: index + 1, ContentLength };
        // A signed length keeps a client from storing more than it has said.
        const options = { expiresIn, signableHeaders: new Set(['content-length']) };
        urls.push(await getSignedUrl(client, new UploadPartCommand(part), options));
      }
      return urls;
    },

    parts: async (key, UploadId) => {
      const found = [];
      try {
        for await (const { Parts = [] } of paginateListParts({ client }, { ...place(key), UploadId })) {
          for (const { PartNumber, ETag, Size } of Parts) {
            found.push({ number: PartNumber ?? 0, etag: bare(ETag ?? ''), size: Size ?? 0 });
          }
        }
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchUpload') return null;
        throw error;
      }
      return found;
    },

    complete: async (key, UploadId, parts) => {
      const Parts = parts
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, etag }) => ({ PartNumber: number, ETag: `"${bare(etag)}"` }));
      const target = { ...place(key), UploadId, MultipartUpload: { Parts } };
      await client
        .send(new CompleteMultipartUploadCommand(target), { requestTimeout: COMPLETE_MS })
        .catch(explain);
    },
  };
}

/** S3 puts thousands of parts together before it answers. */
const COMPLETE_MS = 5 * 60_000;

/** A part can be sent again between its check and this. */
function explain(error: unknown): never {
  const isPart = error instanceof Error && ['InvalidPart', 'EntityTooSmall'].includes(error.name);
  if (isPart)
    throw new ProblemError('validation_failed', { detail: 'A part has changed; look at all again' });
  throw error;
}

/** Entity tags stand in quotes in HTTP; programs often lose them. */
const bare = (etag: string) => etag.replaceAll('"', '');
