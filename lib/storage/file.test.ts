import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Upload } from '@tus/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fillFolder } from './folders.ts';
import { openStore } from './index.ts';
import { objectStoreContract } from './object-store.contract.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'object store '));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const newRoot = () => mkdtemp(join(parent, 'root #1?%41 '));
const open = (root: string) => openStore(pathToFileURL(root).href);

objectStoreContract('a folder', async () => open(await newRoot()));

describe('a folder', () => {
  test('gets only whole objects at their keys', async () => {
    const root = await newRoot();
    await open(root).put('sources/a', Readable.from([Buffer.from('a')]));
    const entries = await readdir(root, { recursive: true });
    expect(entries.sort()).toEqual(['.incoming', 'sources', join('sources', 'a')]);
  });

  test('is as empty as it was when everything is deleted, and stays', async () => {
    const root = await newRoot();
    for (const key of ['a/b/c', 'a/b/d', 'e']) await open(root).put(key, Readable.from([Buffer.from('x')]));
    await open(root).delete('a/b/c');
    expect(await readdir(join(root, 'a', 'b'))).toEqual(['d']);
    await open(root).delete('a/b/d');
    await open(root).delete('e');
    await open(root).delete('never/was');
    expect(await readdir(root)).toEqual(['.incoming']);
  });

  test('stays itself, empty, however its URL is written', async () => {
    const root = await newRoot();
    const store = openStore(`${pathToFileURL(root).href}/`);
    await store.resumable().create(new Upload({ id: 'uploads/a', size: 1, offset: 0 }));
    await store.delete('uploads/a');
    expect(await readdir(root)).toEqual([]);
  });

  test('an object comes to its folder however often that is removed meanwhile', async () => {
    const folder = join(await newRoot(), 'deep', 'er');
    let tries = 0;
    const fill = async () => {
      if ((tries += 1) < 4) await rm(dirname(folder), { recursive: true });
      await writeFile(join(folder, 'one'), '1');
    };
    await fillFolder(folder, fill);
    expect([tries, await readdir(folder)]).toEqual([4, ['one']]);
  });

  test('what is missing for another reason is told', async () => {
    const root = await newRoot();
    const filling = fillFolder(join(root, 'a'), () => stat(join(root, 'gone')));
    await expect(filling).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('what a killed process left is removed once it is old enough', async () => {
    const root = await newRoot();
    await mkdir(join(root, '.incoming'));
    await writeFile(join(root, '.incoming', 'old'), 'half');
    await utimes(join(root, '.incoming', 'old'), 1000, 1000);
    await writeFile(join(root, '.incoming', 'fresh'), 'half');
    expect(await open(root).removeLeftovers(new Date(2_000_000))).toBe(1);
    expect(await readdir(join(root, '.incoming'))).toEqual(['fresh']);
  });

  test('lists neither hidden folders, nor links, nor what it can not have stored', async () => {
    const root = await newRoot();
    await open(root).put('sources/a', Readable.from([Buffer.from('a')]));
    for (const folder of ['.incoming', '.git', join('sources', '.hidden'), 'Holiday pictures']) {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, 'file'), 'not ours');
    }
    await symlink(join(root, '.git'), join(root, 'link'));
    await symlink(join(root, '.git', 'file'), join(root, 'sources', 'link'));
    const listed = await Array.fromAsync(open(root).list(), ({ key }) => key);
    expect(listed).toEqual(['sources/a']);
  });

  test('is made when it is first needed', async () => {
    const root = join(await newRoot(), 'deep', 'below');
    expect(await open(root).head('sources/a')).toBeNull();
    expect(await open(root).removeLeftovers(new Date())).toBe(0);
    await open(root).ping();
    expect((await stat(root)).isDirectory()).toBe(true);
  });

  test('has no URLs for clients', async () => {
    const store = open(await newRoot());
    const options = { expiresSeconds: 60, filename: 'a.zip', contentType: 'application/zip' };
    expect(await store.signedUrl('archives/a', options)).toBeNull();
  });

  test('a place that cannot be written fails the ping', async () => {
    const file = join(await newRoot(), 'file');
    await writeFile(file, '');
    await expect(open(file).ping()).rejects.toThrow('ENOTDIR');
  });
});

test('an unknown scheme is refused', () => {
  expect(() => openStore('ftp://host/x')).toThrow('There is no object store for ftp: URLs');
});
