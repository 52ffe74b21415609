import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  paginateListParts,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { RESUMABLE_PREFIX } from './key.ts';

/**
 * Give up the unfinished uploads below a prefix that nothing was added to since a moment. How old an upload is says
 * little: a large one may take hours and be well. Resumable ones are spared; they may pause for days.
 * @returns how many were given up
 */
export async function abortStaleUploads(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  before: Date,
): Promise<number> {
  let aborted = 0;
  for await (const upload of unfinishedUploads(client, bucket, prefix)) {
    if (upload.Key?.startsWith(prefix + RESUMABLE_PREFIX)) continue;
    if (await isStale(client, bucket, upload, before)) {
      aborted += await abort(client, bucket, upload);
    }
  }
  return aborted;
}

/** Give up the unfinished uploads of one object. */
export async function abortUploadsOf(client: S3Client, bucket: string, key: string): Promise<void> {
  for await (const upload of unfinishedUploads(client, bucket, key)) {
    if (upload.Key === key) await abort(client, bucket, upload);
  }
}

async function* unfinishedUploads(client: S3Client, bucket: string, prefix: string) {
  const query = { Bucket: bucket, Prefix: prefix };
  let page = await client.send(new ListMultipartUploadsCommand(query));
  for (;;) {
    yield* page.Uploads ?? [];
    if (!page.IsTruncated) return;
    const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    page = await client.send(new ListMultipartUploadsCommand({ ...query, ...next }));
  }
}

async function isStale(client: S3Client, bucket: string, upload: MultipartUpload, before: Date) {
  if (!upload.Initiated || upload.Initiated >= before) return false;
  const { Key, UploadId } = upload;
  try {
    for await (const { Parts = [] } of paginateListParts({ client }, { Bucket: bucket, Key, UploadId })) {
      if (Parts.some(({ LastModified }) => LastModified && LastModified >= before)) return false;
    }
    return true;
  } catch (error) {
    return orWhenGone(error, false);
  }
}

async function abort(client: S3Client, bucket: string, { Key, UploadId }: MultipartUpload): Promise<number> {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    return 1;
  } catch (error) {
    return orWhenGone(error, 0);
  }
}

/** An upload can end, or be given up by another process, after it was listed. */
function orWhenGone<Value>(error: unknown, value: Value): Value {
  if (error instanceof Error && error.name === 'NoSuchUpload') return value;
  throw error;
}
