import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { openArchive } from '../support/archive.ts';
import { footage } from '../support/footage.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let person: ApiPerson;
let video: VideoJson;
let whole: Buffer;
beforeAll(async () => {
  system = await startSystem();
  person = await registerPerson(system.url);
  const { id } = await person.upload(footage('birds.mp4'), { filename: 'férias "na" praia ☀.mp4' });
  video = await person.waitFor(id, 'completed');
  whole = Buffer.from(await (await download()).arrayBuffer());
});
afterAll(() => system.remove());

const download = (headers: Record<string, string> = {}, method = 'GET') =>
  person.fetch(`/video/${video.id}/download`, { headers, method });
const etag = () => `"${video.archive?.sha256}"`;

test('the whole archive is what the video says it is', async () => {
  const { headers, status } = await download();
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('accept-ranges')).toBe('bytes');
  expect(headers.get('etag')).toBe(etag());
  expect(Number(headers.get('content-length'))).toBe(video.archive?.size);
  expect(whole.length).toBe(video.archive?.size);
  expect(createHash('sha256').update(whole).digest('hex')).toBe(video.archive?.sha256);
  expect((await openArchive(whole)).names).toContain('frames/frame_000001.jpg');
});

test('is offered under its name, whatever characters that has (RFC 6266)', async () => {
  const disposition = (await download()).headers.get('content-disposition') ?? '';
  expect(disposition).toMatch(/^attachment; filename="/);
  const [, encoded = ''] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  expect(decodeURIComponent(encoded)).toBe('férias "na" praia ☀.zip');
});

test('HEAD answers the same without the bytes', async () => {
  const response = await download({}, 'HEAD');
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBe(whole.length);
  expect(response.headers.get('etag')).toBe(etag());
  expect((await response.arrayBuffer()).byteLength).toBe(0);
});

test.each([
  ['bytes=0-99', 0, 99],
  ['bytes=100-', 100, undefined],
  ['bytes=-50', -50, undefined],
  ['bytes=10-999999999', 10, undefined],
])('Range %s gives that part', async (range, start, end) => {
  const response = await download({ range });
  const expected = whole.subarray(start, end === undefined ? undefined : end + 1);
  expect(response.status).toBe(206);
  const from = start < 0 ? whole.length + start : start;
  expect(response.headers.get('content-range')).toBe(
    `bytes ${from}-${from + expected.length - 1}/${whole.length}`,
  );
  expect(Number(response.headers.get('content-length'))).toBe(expected.length);
  expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
});

test.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=x', 'bytes=5-2'])(
  'Range %s, which we need not serve, gives the whole or a refusal',
  async (range) => {
    const response = await download({ range });
    expect([200, 416]).toContain(response.status);
    if (response.status === 200) expect((await response.arrayBuffer()).byteLength).toBe(whole.length);
  },
);

test('a Range past the end is refused with the size', async () => {
  const response = await download({ range: `bytes=${whole.length}-` });
  expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`);
  expect(await problemOf(response)).toEqual([416, 'range_not_satisfiable']);
});

test('a resumed download starts anew when the archive is another one (If-Range)', async () => {
  expect((await download({ range: 'bytes=5-', 'if-range': etag() })).status).toBe(206);
  expect((await download({ range: 'bytes=5-', 'if-range': '"other"' })).status).toBe(200);
});

test('an archive that the client has is not sent again (If-None-Match)', async () => {
  expect((await download({ 'if-none-match': `"x", ${etag()}` })).status).toBe(304);
  expect((await download({ 'if-none-match': '"x"' })).status).toBe(200);
});

test('clients that leave early cost nothing', async () => {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const controller = new AbortController();
      const response = await person.fetch(`/video/${video.id}/download`, { signal: controller.signal });
      await response.body?.getReader().read();
      controller.abort();
    }),
  );
  expect((await download()).status).toBe(200);
});

test('an unfinished video has no archive yet', async () => {
  const { id } = await person.upload(Buffer.from('no video'));
  await person.waitFor(id, 'failed');
  expect(await problemOf(await person.fetch(`/video/${id}/download`))).toEqual([409, 'not_ready']);
});
