import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@tus/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startS3, type S3 } from '../../test/support/s3.ts';
import { listS3 } from '../../test/support/s3-listing.ts';
import { openStore } from './index.ts';
import { resumableContract } from './resumable.contract.ts';

const MiB = 1024 ** 2;

let s3: S3;
let client: S3Client;
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, s3.env);
  client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true });
});
afterAll(() => s3.remove());

function newPlace() {
  const url = new URL(s3.url);
  const prefix = `tests/${randomUUID()}/`;
  url.pathname = `/${prefix}`;
  return { url: url.href, prefix, store: openStore(url.href), list: () => listS3(s3, prefix) };
}

resumableContract('S3', () => Promise.resolve(newPlace()));

describe('a process that was killed', () => {
  const key = 'uploads/a';
  /** An upload of 12 MiB whose first 6 MiB and a bit are there: a part, and a tail. */
  async function half() {
    const place = newPlace();
    const bytes = randomBytes(12 * MiB);
    const uploads = place.store.resumable();
    await uploads.create(new Upload({ id: key, size: bytes.length, offset: 0 }));
    await uploads.write(Readable.from([bytes.subarray(0, 6 * MiB)]), key, 0);
    await uploads.write(Readable.from([bytes.subarray(6 * MiB, 6 * MiB + 10)]), key, 6 * MiB);
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: place.prefix }),
    );
    const to = { Bucket: s3.bucket, Key: `${place.prefix}${key}`, UploadId: Uploads[0]?.UploadId };
    const addPart = (part: Buffer) =>
      client.send(new UploadPartCommand({ ...to, PartNumber: 2, Body: part }));
    // The next process.
    const next = openStore(place.url);
    return { bytes, addPart, next, uploads: next.resumable(), ...place };
  }

  test('after it had sent a part, and before it removed the tail that is in it, counts nothing twice', async () => {
    const { bytes, addPart, uploads, next } = await half();
    await addPart(bytes.subarray(6 * MiB, 11 * MiB + 1));
    expect((await uploads.getUpload(key)).offset).toBe(11 * MiB + 1);
    await uploads.write(Readable.from([bytes.subarray(11 * MiB + 1)]), key, 11 * MiB + 1);
    expect((await buffer(await next.get(key))).equals(bytes)).toBe(true);
  });

  test('after the last part, and before the parts became an object, has made the object', async () => {
    const { bytes, addPart, uploads, next } = await half();
    await addPart(bytes.subarray(6 * MiB));
    expect(await next.head(key)).toBeNull();
    expect((await uploads.getUpload(key)).offset).toBe(12 * MiB);
    expect((await buffer(await next.get(key))).equals(bytes)).toBe(true);
  });

  test('in the middle of a deletion has left no upload that seems whole', async () => {
    const { uploads, store, prefix } = await half();
    const info = { Bucket: s3.bucket, Key: `${prefix}${key}.info` };
    const note = JSON.stringify({ id: `${prefix}${key}`, size: 12 * MiB, offset: 0 });
    await store.delete(key);
    await client.send(new PutObjectCommand({ ...info, Body: note, Metadata: { 'upload-id': 'gone' } }));
    await expect(uploads.getUpload(key)).rejects.toMatchObject({ type: 'not_found' });
  });
});

test('while the store is down nothing says "not found"', async () => {
  const { store } = newPlace();
  const uploads = store.resumable();
  await uploads.create(new Upload({ id: 'uploads/a', size: 10, offset: 0 }));
  await s3.stop();
  await expect(uploads.getUpload('uploads/a')).rejects.not.toMatchObject({ type: 'not_found' });
  await expect(uploads.getUpload('uploads/b')).rejects.not.toMatchObject({ type: 'not_found' });
  await s3.restart();
  expect((await uploads.getUpload('uploads/a')).offset).toBe(0);
});
