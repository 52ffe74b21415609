import { chmod, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkFfmpeg, findFfmpeg } from './ffmpeg-program.ts';
import { createBench, ffmpeg, limits, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

test('finds an ffmpeg by its name and knows its version', async () => {
  const found = await findFfmpeg(ffmpeg.path, limits);
  expect(found).toMatchObject({ path: ffmpeg.path, version: expect.stringMatching(/\d/) });
  await expect(checkFfmpeg(found)).resolves.toBeUndefined();
});

test('says how to get one when there is none', async () => {
  const finding = findFfmpeg('/nowhere/ffmpeg', limits);
  await expect(finding).rejects.toThrow(
    /No ffmpeg .*\/nowhere\/ffmpeg.*apt install ffmpeg.*brew install ffmpeg.*FFMPEG_PATH/,
  );
});

test('does not take a program that is something else', async () => {
  const path = bench.path('other');
  await writeFile(path, '#!/bin/sh\necho another program\n');
  await chmod(path, 0o755);
  await expect(findFfmpeg(path, limits)).rejects.toThrow('is not an ffmpeg that runs here');
});

test('notices when the program has gone', async () => {
  await expect(checkFfmpeg({ ...ffmpeg, path: bench.path('gone') })).rejects.toThrow('does not run any more');
});
