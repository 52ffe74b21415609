import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Upload } from '@tus/server';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { problemCode } from '../errors.ts';
import type { ObjectStore, ResumableUploads } from './object-store.ts';

const MiB = 1024 ** 2;
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const chunked = (bytes: Buffer, size = 64 * 1024) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    ),
  );
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => problemCode(error) ?? String(error),
  );

interface Place {
  store: ObjectStore;
  /** The names of everything that is stored, unfinished things included. */
  list(): Promise<string[]>;
}

/**
 * What every object store must do for uploads that come in pieces.
 * @param createPlace an empty store for each test
 */
export function resumableContract(name: string, createPlace: () => Promise<Place>): void {
  describe(`${name} as a store of resumable uploads`, () => {
    let place: Place;
    let uploads: ResumableUploads;
    let key: string;
    beforeEach(async () => {
      place = await createPlace();
      uploads = place.store.resumable();
      key = `uploads/${randomUUID()}`;
    });
    const begin = (size: number) =>
      uploads.create(new Upload({ id: key, size, offset: 0, metadata: { filename: 'férias.mp4' } }));
    const write = (bytes: Buffer, offset: number) => uploads.write(chunked(bytes), key, offset);
    const offset = async () => (await uploads.getUpload(key)).offset;
    const read = async () => buffer(await place.store.get(key));

    test('pieces of any size make the object', async () => {
      const bytes = randomBytes(23 * MiB + 17);
      await begin(bytes.length);
      let at = 0;
      for (const size of [0, 1, 100, 5 * MiB - 102, 2, 9 * MiB, MiB, 0, 20 * MiB]) {
        const piece = bytes.subarray(at, at + size);
        at += piece.length;
        expect(await write(piece, at - piece.length)).toBe(at);
        expect(await offset()).toBe(at);
      }
      expect(at).toBe(bytes.length);
      expect(digest(await read())).toBe(digest(bytes));
      expect(await place.store.head(key)).toMatchObject({ size: bytes.length });
    });

    test('what was told at the beginning is told again', async () => {
      await begin(10);
      expect(await uploads.getUpload(key)).toMatchObject({
        id: key,
        size: 10,
        offset: 0,
        metadata: { filename: 'férias.mp4' },
      });
    });

    test('a source that ends early gives what it had', async () => {
      const bytes = randomBytes(3 * MiB);
      await begin(bytes.length);
      expect(await write(bytes.subarray(0, MiB), 0)).toBe(MiB);
      expect(await write(bytes.subarray(MiB), MiB)).toBe(bytes.length);
      expect(digest(await read())).toBe(digest(bytes));
    });

    test('a source that fails takes nothing back', async () => {
      const bytes = randomBytes(12 * MiB);
      await begin(bytes.length);
      await write(bytes.subarray(0, 3 * MiB), 0);
      const source = new PassThrough();
      const writing = uploads.write(source, key, 3 * MiB);
      source.write(bytes.subarray(3 * MiB, 4 * MiB), () => source.destroy(new Error('the lease is lost')));
      await expect(writing).rejects.toBeTruthy();
      const at = await offset();
      expect(at).toBeGreaterThanOrEqual(3 * MiB);
      await write(bytes.subarray(at), at);
      expect(digest(await read())).toBe(digest(bytes));
    });

    test('unknown and deleted ones are not found', async () => {
      expect(await codeOf(uploads.getUpload(key))).toBe('not_found');
      await begin(10);
      await place.store.delete(key);
      expect(await codeOf(uploads.getUpload(key))).toBe('not_found');
    });

    test.each([0, 1000, 6 * MiB, 7 * MiB])('deleting after %i of 7 MiB leaves nothing', async (size) => {
      await begin(7 * MiB);
      await write(randomBytes(size), 0);
      expect(await place.list()).not.toEqual([]);
      await place.store.delete(key);
      await place.store.delete(key);
      expect(await place.list()).toEqual([]);
    });

    test('unfinished ones are no leftovers', async () => {
      await begin(7 * MiB);
      await write(randomBytes(1000), 0);
      expect(await place.store.removeLeftovers(new Date('2100-01-01'))).toBe(0);
      expect(await offset()).toBe(1000);
    });

    test.each(['../up', 'uploads/../../x', 'uploads/X', ''])('the key %j is refused', async (bad) => {
      expect(await codeOf(uploads.getUpload(bad))).toContain('Not an object key');
      expect(await codeOf(uploads.write(Readable.from([]), bad, 0))).toContain('Not an object key');
    });
  });
}
