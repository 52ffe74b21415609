import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemCode } from '../errors.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startS3, type S3 } from '../../test/support/s3.ts';
import { openStore } from './index.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { createS3Store } from './s3.ts';
import { readS3Location } from './s3-location.ts';
import { watchHeldBytes } from '../../test/support/memory.ts';

// The server is s3rver, completed where it lacks what these tests need (see test/support/s3-server.ts). It does not check
// signatures (only their expiry) or checksums; those are not tested here.

const MiB = 1024 ** 2;
const farFuture = new Date('2100-01-01');

let s3: S3;
let scratch: string;
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, s3.env);
  scratch = await mkdtemp(join(tmpdir(), 's3-scratch-'));
});
afterAll(async () => {
  await s3.remove();
  await rm(scratch, { recursive: true, force: true });
});

/** The URL of a place of its own in the bucket. */
function newUrl(parameters: Record<string, string> = {}): URL {
  const url = new URL(s3.url);
  url.pathname = `/tests/${randomUUID()}`;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
const newStore = (parameters?: Record<string, string>) =>
  createS3Store(readS3Location(newUrl(parameters)), scratch);
const of = (...chunks: (Buffer | string)[]) => Readable.from(chunks);

objectStoreContract('S3', () => Promise.resolve(openStore(newUrl().href)));

describe('large objects', () => {
  test('go in parts, with bounded memory, and come back by range across parts', async () => {
    const store = newStore();
    const block = randomBytes(MiB);
    const sample = watchHeldBytes(4);
    const blocks = function* () {
      for (let n = 0; n < 40; n++) {
        sample();
        yield block;
      }
    };
    const { size } = await store.put('large', Readable.from(blocks()));
    expect(size).toBe(40 * MiB);
    expect(sample()).toBeLessThan(100 * MiB);
    const range = { start: 8 * MiB - 10, end: 8 * MiB + 9 };
    const expected = Buffer.concat([block.subarray(-10), block.subarray(0, 10)]);
    expect((await buffer(await store.get('large', range))).equals(expected)).toBe(true);
    expect(await uploads()).toEqual([]);
  });

  test('of exactly one and exactly two parts are whole', async () => {
    const store = newStore();
    for (const size of [8 * MiB, 16 * MiB, 8 * MiB + 1]) {
      const bytes = randomBytes(size);
      await store.put('edge', of(bytes));
      expect((await buffer(await store.get('edge'))).equals(bytes)).toBe(true);
    }
  });
});

describe('an interrupted upload of several parts', () => {
  /** A put that has sent at least one part and whose source then stands still. */
  async function halfSent() {
    const store = newStore();
    const source = new PassThrough();
    const stop = new AbortController();
    const putting = store.put('half', source, stop.signal);
    putting.catch(() => undefined);
    const writing = Readable.from([randomBytes(20 * MiB)]).pipe(source, { end: false });
    await eventually(async () => (await uploads()).length === 1, 'the upload to begin');
    return { store, source: writing, stop, putting };
  }

  test('leaves nothing when it is aborted', async () => {
    const { store, source, stop, putting } = await halfSent();
    stop.abort();
    await expect(putting).rejects.toMatchObject({ name: 'AbortError' });
    expect(source.destroyed).toBe(true);
    expect(await uploads()).toEqual([]);
    expect(await store.head('half')).toBeNull();
  });

  test('leaves nothing when its source fails', async () => {
    const { store, source, putting } = await halfSent();
    source.destroy(new Error('the line broke'));
    await expect(putting).rejects.toThrow('the line broke');
    expect(await uploads()).toEqual([]);
    expect(await store.head('half')).toBeNull();
  });
});

describe('what a killed process left', () => {
  const begin = async (url: URL) => {
    const { bucket, prefix } = readS3Location(url);
    const place = { Bucket: bucket, Key: `${prefix}killed` };
    const { UploadId } = await client().send(new CreateMultipartUploadCommand(place));
    return { ...place, UploadId };
  };

  test('is given up when nothing was added to it for long enough', async () => {
    const [mine, another] = [newUrl(), newUrl()];
    const store = createS3Store(readS3Location(mine), scratch);
    const [left] = [await begin(mine), await begin(mine), await begin(another)];
    expect(await store.removeLeftovers(new Date(Date.now() - 60_000))).toBe(0);
    const afterItsStart = await passSecond();
    await client().send(new UploadPartCommand({ ...left, PartNumber: 1, Body: 'growing' }));
    expect(await store.removeLeftovers(afterItsStart)).toBe(1);
    expect(await uploads()).toHaveLength(2);
    expect(await store.removeLeftovers(farFuture)).toBe(1);
    expect(await store.removeLeftovers(farFuture)).toBe(0);
    expect(await openStore(another.href).removeLeftovers(farFuture)).toBe(1);
  });

  /** S3's times have whole seconds. */
  async function passSecond(): Promise<Date> {
    await pause(1100);
    const now = new Date();
    await pause(1100);
    return now;
  }
});

describe('signed URLs', () => {
  const options = { expiresSeconds: 60, filename: 'férias "na" praia ☀.zip', contentType: 'application/zip' };

  test('let anybody download, under the right name, also by range', async () => {
    const store = newStore({ redirect: 'true' });
    await store.put('archives/one', of('abcdef'));
    const url = (await store.signedUrl('archives/one', options)) ?? '';
    const whole = await fetch(url);
    expect(await whole.text()).toBe('abcdef');
    expect(whole.headers.get('content-type')).toBe('application/zip');
    const disposition = whole.headers.get('content-disposition') ?? '';
    const [, name = ''] = /^attachment;.*filename\*=UTF-8''([^;]+)/.exec(disposition) ?? [];
    expect(decodeURIComponent(name)).toBe(options.filename);
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'bcd']);
  });

  test('expire', async () => {
    const store = newStore({ redirect: 'true' });
    await store.put('archives/one', of('abcdef'));
    const url = (await store.signedUrl('archives/one', { ...options, expiresSeconds: 1 })) ?? '';
    await eventually(async () => (await fetch(url)).status === 403, 'the URL to expire');
  });

  test('are given only where clients can reach the store', async () => {
    expect(await newStore().signedUrl('archives/one', options)).toBeNull();
    expect(await newStore({ redirect: 'false' }).signedUrl('archives/one', options)).toBeNull();
  });
});

describe('a local file', () => {
  test('is a copy that is removed after its use', async () => {
    const store = newStore();
    await store.put('sources/film', of('film'));
    {
      await using file = await store.localFile('sources/film');
      expect(await readFile(file.path, 'utf8')).toBe('film');
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  test('leaves nothing when its making is aborted or fails', async () => {
    const store = newStore();
    await store.put('sources/film', of(randomBytes(20 * MiB)));
    const stop = new AbortController();
    const making = store.localFile('sources/film', stop.signal);
    await eventually(async () => (await readdir(scratch)).length > 0, 'the copy to begin');
    stop.abort();
    await expect(making).rejects.toMatchObject({ name: 'AbortError' });
    await expect(store.localFile('sources/none')).rejects.toMatchObject({ type: 'not_found' });
    expect(await readdir(scratch)).toEqual([]);
  });
});

test('while the store is down everything fails soon and nothing says "not found"; afterwards it works', async () => {
  const store = newStore();
  await store.put('kept', of('kept'));
  await s3.stop();
  const started = Date.now();
  const attempts = [
    store.put('new', of('new')),
    store.put('large', of(randomBytes(20 * MiB))),
    store.get('kept'),
    store.head('kept'),
    store.delete('kept'),
    store.localFile('kept'),
    store.removeLeftovers(farFuture),
    store.ping(),
  ];
  for (const { status, reason } of (await Promise.allSettled(attempts)) as PromiseRejectedResult[]) {
    expect(status).toBe('rejected');
    expect(problemCode(reason)).toBeUndefined();
  }
  expect(Date.now() - started).toBeLessThan(20_000);
  await s3.restart();
  await store.ping();
  expect((await buffer(await store.get('kept'))).toString()).toBe('kept');
  expect(await store.put('new', of('new'))).toMatchObject({ size: 3 });
});

test('a store that hangs fails the ping soon', async () => {
  const store = newStore();
  const pid = s3.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  const started = Date.now();
  try {
    await expect(store.ping()).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(10_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await store.ping();
});

test('a bucket that is missing fails the ping', async () => {
  const url = newUrl();
  url.host = 'nowhere';
  await expect(openStore(url.href).ping()).rejects.toMatchObject({ name: 'NotFound' });
});

const client = () => new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true });

/** The unfinished uploads of all stores. */
async function uploads() {
  const { Uploads = [] } = await client().send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
  return Uploads.map(({ Key }) => Key);
}
