import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkFfmpeg, findFfmpeg, tighten } from './ffmpeg-program.ts';
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

const limited = ffmpeg.limiter.length > 0;

test('limits can be made tighter where there are any', async () => {
  const { limiter } = tighten(ffmpeg, 7, 512 * 1024 ** 2);
  const shell = ['/bin/sh', '-c', 'ulimit -St; ulimit -Ht; ulimit -Sv'];
  const [command = '', ...args] = limited ? [...limiter, ...shell] : ['/bin/echo', 'there are none'];
  const { stdout } = await promisify(execFile)(command, args);
  expect(stdout.trim()).toBe(limited ? '7\n17\n524288' : 'there are none');
  const unlimited = { ...ffmpeg, limiter: [] };
  expect(tighten(unlimited, 7, 1)).toBe(unlimited);
});
