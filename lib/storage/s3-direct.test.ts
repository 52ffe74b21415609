import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../test/support/eventually.ts';
import { startS3, type S3 } from '../../test/support/s3.ts';
import { openStore } from './index.ts';
import type { DirectUploads, ObjectStore } from './object-store.ts';

// The server checks no signatures, only their expiry: what is signed is looked up in the URL.

const MiB = 1024 ** 2;
const KEY = 'uploads/one';

let s3: S3;
let store: ObjectStore;
let direct: DirectUploads;
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, s3.env);
});
afterAll(() => s3.remove());
beforeEach(() => {
  store = openNew('redirect=true');
  const uploads = store.direct();
  if (!uploads) throw new Error('This store takes no direct uploads');
  direct = uploads;
});

const openNew = (parameters: string) =>
  openStore(`${s3.url.replace('?', `/tests/${randomUUID()}?`)}&${parameters}`);

const put = async (url: string | undefined, body: Buffer<ArrayBuffer>) => {
  const response = await fetch(url ?? '', { method: 'PUT', body });
  expect(response.status).toBe(200);
  return response.headers.get('etag') ?? '';
};

async function begun(sizes: number[]) {
  const uploadId = await direct.begin(KEY, 'video/mp4');
  return { uploadId, urls: await direct.sign(KEY, uploadId, sizes, 60) };
}

test('parts that a client puts by signed URLs, in any order and again, become one object', async () => {
  const bytes = randomBytes(6 * MiB);
  const halves = [bytes.subarray(0, 5 * MiB), bytes.subarray(5 * MiB)] as const;
  const { uploadId, urls } = await begun(halves.map(({ length }) => length));
  await put(urls[0], randomBytes(5 * MiB));
  const second = await put(urls[1], halves[1]);
  const first = await put(urls[0], halves[0]);
  const md5 = (part: Buffer) => createHash('md5').update(part).digest('hex');
  expect(await direct.parts(KEY, uploadId)).toEqual([
    { number: 1, etag: md5(halves[0]), size: 5 * MiB },
    { number: 2, etag: md5(halves[1]), size: MiB },
  ]);
  expect(await store.head(KEY)).toBeNull();
  await direct.complete(KEY, uploadId, [
    { number: 2, etag: second.replaceAll('"', '') },
    { number: 1, etag: first },
  ]);
  expect((await buffer(await store.get(KEY))).equals(bytes)).toBe(true);
  expect(await direct.parts(KEY, uploadId)).toBeNull();
});

describe('a signed URL', () => {
  test('fixes the length, asks for no checksum, and stands for its own part', async () => {
    const { uploadId, urls } = await begun([5 * MiB, 7]);
    const [first, second] = urls.map((url) => new URL(url).searchParams);
    expect(first?.get('X-Amz-SignedHeaders')).toBe('content-length;host');
    expect(first?.get('X-Amz-Signature')).not.toBe(second?.get('X-Amz-Signature'));
    expect([first?.get('partNumber'), second?.get('partNumber')]).toEqual(['1', '2']);
    expect(second?.get('uploadId')).toBe(uploadId);
    expect(urls.join()).not.toMatch(/checksum/i);
  });

  test('expires, after a week at most', async () => {
    const uploadId = await direct.begin(KEY, 'video/mp4');
    const [forever = ''] = await direct.sign(KEY, uploadId, [1], 1e9);
    expect(new URL(forever).searchParams.get('X-Amz-Expires')).toBe(String(7 * 24 * 3600));
    const [short = ''] = await direct.sign(KEY, uploadId, [1], 1);
    const status = async () => (await fetch(short, { method: 'PUT', body: 'x' })).status;
    await eventually(async () => (await status()) === 403, 'the URL to expire');
  });

  test('is there for each of 10,000 parts', async () => {
    const { urls } = await begun(Array.from({ length: 10_000 }, () => 5 * MiB));
    expect(new Set(urls).size).toBe(10_000);
  });
});

test('deleting the key gives up what was begun for it, and nothing else', async () => {
  const { uploadId, urls } = await begun([3]);
  const other = await direct.begin(`${KEY}-and-more`, 'video/mp4');
  await put(urls[0], Buffer.from('abc'));
  await store.delete(KEY);
  expect(await direct.parts(KEY, uploadId)).toBeNull();
  expect(await direct.parts(`${KEY}-and-more`, other)).toEqual([]);
  expect((await fetch(urls[0] ?? '', { method: 'PUT', body: 'abc' })).status).not.toBe(200);
  await store.delete(`${KEY}-and-more`);
});

test('an upload that pauses is none of the leftovers', async () => {
  const { uploadId } = await begun([3]);
  expect(await store.removeLeftovers(new Date('2100-01-01'))).toBe(0);
  expect(await direct.parts(KEY, uploadId)).toEqual([]);
});

test('there are none where clients do not reach the store', () => {
  expect(openNew('redirect=false').direct()).toBeNull();
});
