import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { openArchive } from '../support/archive.ts';
import { footage } from '../support/footage.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-guide-'));
  system = await startSystem();
});
afterAll(async () => {
  await system.remove();
  await rm(folder, { recursive: true, force: true });
});

test('what the API guide tells its readers to type works, from the first command to the last', async () => {
  const guide = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, commands = '']) => commands);
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  await copyFile(footage('birds.mp4'), join(folder, 'holiday.mp4'));
  await promisify(execFile)('bash', ['-ec', blocks.join('\n')], {
    cwd: folder,
    env: { ...process.env, api: system.url },
    timeout: 60_000,
  });
  const bytes = await readFile(join(folder, 'frames.zip'));
  expect((await openArchive(bytes)).manifest.frames).toHaveLength(3);
  expect((await openArchive(await readFile(join(folder, 'shared.zip')))).names.length).toBeGreaterThan(1);
  expect((await sharp(join(folder, 'first.jpg')).metadata()).format).toBe('jpeg');
});
