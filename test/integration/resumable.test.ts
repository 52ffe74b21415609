import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import {
  addBytes,
  beginUpload,
  digestOf,
  offsetOf,
  startClient,
  tusRequest,
  uniqueClip,
} from '../support/resumable.ts';
import { startS3, type S3 } from '../support/s3.ts';
import { listS3 } from '../support/s3-listing.ts';
import { startSystem, type System } from '../support/system.ts';

const MiB = 1024 ** 2;

describe.each(['a folder', 'S3'])('resumable uploads to %s', (kind) => {
  let s3: S3 | undefined;
  let system: System;
  let person: ApiPerson;
  let bytes: Buffer<ArrayBuffer>;
  let sha256: string;
  beforeAll(async () => {
    s3 = kind === 'S3' ? await startS3() : undefined;
    system = await startSystem({ env: s3 ? { ...s3.env, STORAGE_URL: s3.url } : {} });
    person = await registerPerson(system.url);
    bytes = await uniqueClip(13 * MiB + 5);
    sha256 = digestOf(bytes);
  });
  afterAll(async () => {
    await system.remove();
    await s3?.remove();
  });

  const video = async (id: string | undefined) =>
    (await (await person.fetch(`/video/${id}`)).json()) as VideoJson;
  const countVideos = async () => (await system.query('video', 'SELECT id FROM videos')).length;

  test('with the metadata of the client become videos that complete', async () => {
    const recipe = { select: { mode: 'count', count: 2 }, format: 'jpg' };
    const metadata = {
      filename: '../férias ☀.mp4',
      filetype: 'video/mp4',
      recipe: JSON.stringify(recipe),
      sha256,
    };
    const { done, upload } = startClient(system.url, person, bytes, { metadata });
    const id = await done;
    expect(new URL(upload.url ?? '').pathname).toBe(`/uploads/${id}`);
    expect(await video(id)).toMatchObject({
      ...{ id, sha256, size: bytes.length, contentType: 'video/mp4', filename: 'férias ☀.mp4', recipe },
    });
    expect(await person.waitFor(id ?? '', 'completed', 'failed')).toMatchObject({
      status: 'completed',
      frameCount: 2,
    });
  });

  test('survive 50 cut connections', async () => {
    const proxy = await startCuttingProxy(system.url, (cuts) =>
      cuts < 50 ? randomInt(1, Math.ceil(bytes.length / 40)) : undefined,
    );
    const { done } = startClient(proxy.url, person, bytes);
    expect(await video(await done)).toMatchObject({ sha256, size: bytes.length });
    expect(proxy.cuts()).toBe(50);
    await proxy.close();
  });

  test('keep what arrived before a cut', async () => {
    const path = await beginUpload(person, bytes.length);
    const proxy = await startCuttingProxy(system.url, () => 6 * MiB);
    const away = { ...person, fetch: (to: string, init?: RequestInit) => fetch(`${proxy.url}${to}`, init) };
    const authorization = `Bearer ${person.tokens.accessToken}`;
    await expect(addBytes(away, path, 0, bytes, { authorization })).rejects.toThrow('fetch failed');
    await proxy.close();
    const offset = await offsetOf(person, path);
    expect(offset).toBeGreaterThan(5.5 * MiB);
    expect((await addBytes(person, path, offset, bytes.subarray(offset))).status).toBe(204);
    expect(await video(path.slice('/uploads/'.length))).toMatchObject({ sha256 });
  });

  test('go on after the server was killed, with a client that knows only the URL', async () => {
    const proxy = await startCuttingProxy(system.url, () => 5 * MiB, 'stand still');
    const first = startClient(proxy.url, person, bytes, { chunkSize: 2 * MiB, retryDelays: null as never });
    const failed = expect(first.done).rejects.toThrow();
    await eventually(() => proxy.cuts() > 0, 'the server to have a part of the third piece');
    const path = new URL(first.upload.url ?? '').pathname;
    await system.kill();
    await failed;
    await proxy.close();
    system = await system.restart();
    expect(await offsetOf(person, path)).toBeGreaterThanOrEqual(4 * MiB);
    const second = startClient(system.url, person, bytes, { uploadUrl: `${system.url}${path}` });
    const id = await second.done;
    expect(`/uploads/${id}`).toBe(path);
    expect(await video(id)).toMatchObject({ sha256, size: bytes.length });
  });

  test('by two clients at once become one video of the right bytes', async () => {
    const before = await countVideos();
    const path = await beginUpload(person, bytes.length);
    const both = [1, 2].map(() =>
      startClient(system.url, person, bytes, { uploadUrl: `${system.url}${path}`, chunkSize: 3 * MiB }),
    );
    const ids = await Promise.all(both.map(({ done }) => done));
    expect(ids.map((id) => `/uploads/${id}`)).toEqual([path, path]);
    expect(await video(ids[0])).toMatchObject({ sha256 });
    expect(await countVideos()).toBe(before + 1);
  });

  test('whose last answer was lost tell their video, once made', async () => {
    const before = await countVideos();
    const path = await beginUpload(person, bytes.length, { filename: 'a.mp4' });
    const gone = new AbortController();
    const sending = addBytes(
      { ...person, fetch: (to, init) => person.fetch(to, { ...init, signal: gone.signal }) },
      path,
      0,
      bytes,
    );
    await eventually(async () => (await countVideos()) > before, 'the video to be made').finally(() =>
      gone.abort(),
    );
    await sending.catch(() => undefined);
    const heads = await Promise.all([1, 2, 3].map(() => tusRequest(person, 'HEAD', path)));
    for (const { status, headers } of heads) {
      expect([status, headers.get('video-id'), headers.get('video-location')]).toEqual([
        ...[200, path.slice('/uploads/'.length), path.replace('uploads', 'video')],
      ]);
    }
    expect(
      (await addBytes(person, path, bytes.length, Buffer.alloc(0))).headers.get('video-id'),
    ).toBeTruthy();
    expect(await countVideos()).toBe(before + 1);
    expect((await tusRequest(person, 'DELETE', path)).status).toBe(409);
    expect(await video(path.slice('/uploads/'.length))).toMatchObject({ sha256 });
  });

  test('that were given up leave nothing', async () => {
    const path = await beginUpload(person, bytes.length);
    await addBytes(person, path, 0, bytes.subarray(0, 6 * MiB + 1));
    expect((await tusRequest(person, 'DELETE', path)).status).toBe(204);
    expect((await tusRequest(person, 'HEAD', path)).status).toBe(404);
    await eventually(async () => {
      const names = s3 ? await listS3(s3) : await readdir(join(system.dataDir, 'objects', 'uploads'));
      return !names.some((name) => name.includes(path.slice('/uploads/'.length)));
    }, 'what was stored to go');
  });
});
