import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { createRunningHashes } from './running-hashes.ts';

const bytes = randomBytes(300_000);
const digest = createHash('sha256').update(bytes).digest('hex');
const part = (start: number, end: number) => Readable.from([bytes.subarray(start, end)]);
/** A store that takes everything. */
const takeAll = (offset: number) => async (hashed: Readable) => offset + (await buffer(hashed)).length;

test('bytes that come one after the other need no second reading', async () => {
  const hashes = createRunningHashes();
  expect(await hashes.pass('a', 0, part(0, 1000), takeAll(0))).toBe(1000);
  expect(hashes.digestOf('a', 300_000)).toBeUndefined();
  expect(await hashes.pass('a', 1000, part(1000, 300_000), takeAll(1000))).toBe(300_000);
  expect(hashes.digestOf('a', 300_000)).toBe(digest);
  expect(hashes.digestOf('a', 300_000)).toBe(digest);
  expect(hashes.digestOf('b', 300_000)).toBeUndefined();
  hashes.forget('a');
  expect(hashes.digestOf('a', 300_000)).toBeUndefined();
});

test('a beginning that went through another process leaves it open', async () => {
  const hashes = createRunningHashes();
  await hashes.pass('a', 1000, part(1000, 300_000), takeAll(1000));
  expect(hashes.digestOf('a', 300_000)).toBeUndefined();
});

test('what was read but not stored does not count', async () => {
  const hashes = createRunningHashes();
  const takeHalf = async (hashed: Readable) => {
    await buffer(hashed);
    return 150_000;
  };
  expect(await hashes.pass('a', 0, part(0, 300_000), takeHalf)).toBe(150_000);
  await hashes.pass('a', 150_000, part(150_000, 300_000), takeAll(150_000));
  expect(hashes.digestOf('a', 300_000)).toBeUndefined();
  await hashes.pass('a', 0, part(0, 300_000), takeAll(0));
  expect(hashes.digestOf('a', 300_000)).toBe(digest);
});

test('after a write that failed and stored nothing, the same bytes may come again', async () => {
  const hashes = createRunningHashes();
  await hashes.pass('a', 0, part(0, 1000), takeAll(0));
  const fail = async (hashed: Readable) => {
    await buffer(hashed);
    throw new Error('the store is away');
  };
  await expect(hashes.pass('a', 1000, part(1000, 2000), fail)).rejects.toThrow('the store is away');
  await hashes.pass('a', 1000, part(1000, 300_000), takeAll(1000));
  expect([undefined, digest]).toContain(hashes.digestOf('a', 300_000));
});

test('a source that fails fails the write, and is forgotten', async () => {
  const hashes = createRunningHashes();
  const source = new PassThrough();
  const passing = hashes.pass('a', 0, source, takeAll(0));
  source.write('x', () => source.destroy(new Error('the lease is lost')));
  await expect(passing).rejects.toThrow('the lease is lost');
  expect(hashes.digestOf('a', 1)).toBeUndefined();
});
