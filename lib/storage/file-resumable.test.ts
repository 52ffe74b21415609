import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Upload } from '@tus/server';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStore } from './index.ts';
import { resumableContract } from './resumable.contract.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'resumable-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

resumableContract('a folder', async () => {
  const root = join(await mkdtemp(join(parent, 'root ')), 'deep', 'below');
  return { store: openStore(pathToFileURL(root).href), list: () => readdir(root, { recursive: true }) };
});

test('a place that cannot be written fails a request, not the process', async () => {
  const file = join(parent, 'file');
  await writeFile(file, '');
  const uploads = openStore(pathToFileURL(join(file, 'below')).href).resumable();
  await expect(uploads.getUpload('uploads/a')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(uploads.getUpload('uploads/a')).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('a disk that fails is not taken for an upload that is gone', async () => {
  const root = await mkdtemp(join(parent, 'root '));
  const uploads = openStore(pathToFileURL(root).href).resumable();
  await uploads.create(new Upload({ id: 'uploads/a', size: 3, offset: 0 }));
  await rm(join(root, 'uploads/a'));
  await mkdir(join(root, 'uploads/a'));
  await expect(uploads.write(Readable.from([Buffer.from('abc')]), 'uploads/a', 0)).rejects.toThrow(
    'Something went wrong',
  );
});
