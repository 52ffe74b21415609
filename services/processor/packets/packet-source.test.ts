import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { footage } from '../../../test/support/footage.ts';
import { createBench, packets, type Bench } from '../../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

const { signal } = new AbortController();
const whole = { from: 0, to: 279, wanted: [279] };

test('reads what a container says of its packets', async () => {
  await using source = packets.open(footage('cockatoo.mp4'), signal);
  const { codec, timesUs, sizes, rotation } = await source.facts();
  expect({ codec, rotation, packets: timesUs.length }).toEqual({ codec: 'avc', rotation: 0, packets: 280 });
  expect(sizes.reduce((sum, size) => sum + size)).toBe(678_904);
});

test('feeds a Matroska stream and ends it', async () => {
  await using source = packets.open(footage('cockatoo.mp4'), signal);
  await source.facts();
  const sink = new PassThrough();
  const [content] = await Promise.all([buffer(sink), source.feed([whole], sink)]);
  expect(content.subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  expect(content.length).toBeGreaterThan(400_000);
});

test('a reader that ends midway ends the feed', async () => {
  const source = packets.open(footage('cockatoo.mp4'), signal);
  await source.facts();
  const sink = new PassThrough({ highWaterMark: 1 });
  const feeding = source.feed([whole], sink);
  await once(sink, 'readable');
  await source[Symbol.asyncDispose]();
  sink.resume();
  await feeding;
  expect(sink.writableEnded).toBe(true);
});

test('a sink that is closed ends the feed', async () => {
  await using source = packets.open(footage('cockatoo.mp4'), signal);
  await source.facts();
  const sink = new PassThrough({ highWaterMark: 1 });
  const feeding = source.feed([whole], sink);
  await once(sink, 'readable');
  sink.destroy();
  await feeding;
});

test('a sink that was closed before ends the feed', async () => {
  await using source = packets.open(footage('cockatoo.mp4'), signal);
  await source.facts();
  const sink = new PassThrough().destroy();
  await once(sink, 'close');
  await source.feed([whole], sink);
});

test.each([
  ['text', 'this is no video'],
  ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nbirds.mp4\n#EXT-X-ENDLIST\n'],
])('%s is not read', async (_name, content) => {
  const path = bench.path('other.mp4');
  await writeFile(path, content);
  await using source = packets.open(path, signal);
  await expect(source.facts()).rejects.toMatchObject({ name: 'MethodFailure' });
});

test('a file that is gone is not read, and an abort says so', async () => {
  await using gone = packets.open(bench.path('gone.mp4'), signal);
  await expect(gone.facts()).rejects.toMatchObject({ name: 'MethodFailure' });
  const aborted = AbortSignal.abort(new Error('enough'));
  await using source = packets.open(footage('cockatoo.mp4'), aborted);
  await expect(source.facts()).rejects.toThrow('enough');
});
