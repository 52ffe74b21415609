import { setImmediate as turn } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  paginateListParts,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { DirectUploads } from './object-store.ts';
import type { S3Place } from './s3-upload.ts';

/** S3 signs nothing for longer. */
const MAX_SECONDS = 7 * 24 * 3600;
/** Signing is work of the processor; between so many URLs others get their turn. */
const BATCH = 50;

/**
 * Multipart uploads that clients fill by signed URLs.
 * @param client one that adds no checksums: it can't know those of bytes that it does not see
 * @param place finds a key in S3
 */
export function createDirectUploads(client: S3Client, place: (key: string) => S3Place): DirectUploads {
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
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${bare(etag)}"` }));
      const target = { ...place(key), UploadId, MultipartUpload: { Parts } };
      await client.send(new CompleteMultipartUploadCommand(target), { requestTimeout: COMPLETE_MS });
    },
  };
}

/** S3 puts thousands of parts together before it answers. */
const COMPLETE_MS = 5 * 60_000;

/** Entity tags stand in quotes in HTTP; programs often lose them. */
export const bare = (etag: string) => etag.replaceAll('"', '');
