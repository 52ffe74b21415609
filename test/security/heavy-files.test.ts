import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attackWith } from '../support/attack-job.ts';
import { footage } from '../support/footage.ts';
import * as heavy from '../support/heavy-media.ts';
import { gif } from '../support/hostile-media.ts';
import { createBench, type Bench } from '../support/processor.ts';

// Small files that are much work to open. What they cost is CPU time and memory, whatever a crowded machine makes of it.

let bench: Bench;
let film: Buffer;
let fragmented: Buffer;
beforeAll(async () => {
  bench = await createBench();
  const [birds, flags] = [footage('birds.mp4'), 'empty_moov+frag_keyframe+default_base_moof'];
  film = await readFile(birds);
  fragmented = await readFile(
    await bench.make('-i', birds, '-an', '-c', 'copy', '-movflags', flags, 'fragmented.mp4'),
  );
});
afterAll(() => bench.remove());

const attack = (bytes: Buffer) => attackWith(bench, bytes);
const behind = (more: Buffer) => Buffer.concat([fragmented, more]);
/** Its index may stand before it, which it then must. */
const before = (more: Buffer) => Buffer.concat([fragmented.subarray(0, 28), more, fragmented.subarray(28)]);

describe('a listing that does not come to an end is given up', () => {
  test.each<[string, () => Buffer]>([
    ['an edit list of two hundred thousand moments', () => heavy.withEdits(film, 200_000, 20_000)],
    ['a hundred thousand chapters', () => heavy.chapters(100_000)],
    ['two thousand tags', () => heavy.tags(2000)],
  ])('%s', async (_name, make) => {
    const bytes = make();
    expect(bytes.length).toBeLessThan(3_000_000);
    expect(await attack(bytes)).toMatchObject({ code: 'processing_timeout' });
  });
});

const REFUSED = expect.stringMatching(/^(corrupt_video|not_a_video|no_frames|too_long)$/) as unknown;

describe('much of something is read or refused', () => {
  test.each<[string, () => Buffer]>([
    ['an index of forty million samples', () => heavy.withTinySamples(film, 10_000, 4000)],
    [
      'fragments of ten million samples that go back',
      () => behind(heavy.fragments(1000, 10_000, (n) => 1e9 - n * 1e4)),
    ],
    [
      'fragments of a thousand million samples',
      () => behind(heavy.fragments(1000, 1_000_000, (n) => 1e6 + n)),
    ],
    ['a hundred thousand empty clusters', () => heavy.clusters(100_000)],
    ['a hundred thousand gaps', () => heavy.voids(100_000)],
    ['twenty thousand attachments', () => heavy.attachments(20_000)],
    ['ten thousand cues that go back', () => heavy.cues(10_000)],
    ['forty thousand pictures of a GIF', () => gif(16, 16, 40_000)],
  ])('%s', async (_name, make) => {
    expect(await attack(make())).toMatchObject({ code: REFUSED });
  });

  test.each<[string, () => Buffer]>([
    ['many composition offsets', () => heavy.withTimes(film, 'ctts', 300_000)],
    ['many decoding times', () => heavy.withTimes(film, 'stts', 300_000)],
    ['an index of ten thousand segments that lie elsewhere', () => before(heavy.segmentIndexes(2, 5000))],
  ])('%s', async (_name, make) => {
    expect(await attack(make())).toMatchObject({ completed: { media: { width: 1280 } } });
  });
});
