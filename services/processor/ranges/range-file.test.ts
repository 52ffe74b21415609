import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { collect, createBench, type Bench } from '../../../test/support/processor.ts';
import type { Heard } from '../ear.ts';
import { MethodFailure } from '../method-failure.ts';
import type { Picture } from '../pictures.ts';
import { readRange, storeRange } from './range-file.ts';

const { signal } = new AbortController();
const heard = { damaged: false, interlaced: true };
const KEY = 'ranges/one/1';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const picture = (n: number): Picture => ({
  image: randomBytes(n * 4001 + 1),
  thumb: n % 2 === 0 ? randomBytes(300) : undefined,
  timeUs: n * 40_000,
  sourceIndex: n,
});

async function* of(pictures: Picture[], failure?: Error): AsyncGenerator<Picture> {
  for (const each of pictures) yield await Promise.resolve(each);
  if (failure) throw failure;
}

test('pictures come back as they were, and so does what the decoders told', async () => {
  const pictures = Array.from({ length: 12 }, (_, n) => picture(n));
  await storeRange(bench.store, KEY, { pictures: of(pictures), heard: () => heard }, signal);
  const told: Heard[] = [];
  const read = await collect(readRange(await bench.store.get(KEY), (said) => told.push(said)));
  expect(read).toEqual(pictures);
  expect(told).toEqual([heard]);
});

describe('a range that can’t be stored', () => {
  test('fails as its pictures do, and leaves nothing', async () => {
    const failure = new MethodFailure('another frame');
    const pictures = of([picture(1)], failure);
    await expect(
      storeRange(bench.store, 'ranges/two/1', { pictures, heard: () => heard }, signal),
    ).rejects.toBe(failure);
    expect(await bench.store.head('ranges/two/1')).toBeNull();
  });

  test('fails as the store does, and no more pictures are asked for', async () => {
    const failure = new Error('the store is full');
    const store = { ...bench.store, put: () => Promise.reject(failure) };
    let asked = 0;
    const pictures = (async function* () {
      for (; asked < 1000; asked += 1) yield await Promise.resolve(picture(500));
    })();
    await expect(storeRange(store, KEY, { pictures, heard: () => heard }, signal)).rejects.toBe(failure);
    expect(asked).toBeLessThan(10);
  });

  test('ends when its signal is aborted, and leaves nothing', async () => {
    const stop = new AbortController();
    const pictures = (async function* () {
      yield await Promise.resolve(picture(1));
      stop.abort();
      yield await Promise.resolve(picture(2));
    })();
    await expect(
      storeRange(bench.store, 'ranges/three/1', { pictures, heard: () => heard }, stop.signal),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(await bench.store.head('ranges/three/1')).toBeNull();
  });
});

test.each([
  ['cut off', 0.7],
  ['empty', 0],
])('a stored range that is %s is told, never taken for a short one', async (_name, share) => {
  const pictures = Array.from({ length: 12 }, (_, n) => picture(n));
  await storeRange(bench.store, KEY, { pictures: of(pictures), heard: () => heard }, signal);
  const whole = Buffer.concat(await collect<Buffer>(await bench.store.get(KEY)));
  const part = Readable.from([whole.subarray(0, Math.floor(whole.length * share))]);
  await expect(collect(readRange(part, () => undefined))).rejects.toThrow(/not whole|Unexpected end of data/);
});
