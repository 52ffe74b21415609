import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '../../../lib/storage/index.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { startS3, type S3 } from '../../../test/support/s3.ts';
import { sendArchive } from './download.ts';

const archive = {
  key: 'archives/one/1.zip',
  size: 6,
  sha256: 'a'.repeat(64),
  filename: 'férias.mp4',
  finishedAt: '2026-01-01T00:00:00.000Z',
};

let s3: S3;
let gateways: { redirecting: Server; streaming: Server };
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, s3.env);
  const store = openStore(`${s3.url}&redirect=true`);
  await store.put(archive.key, Readable.from([Buffer.from('abcdef')]));
  gateways = { redirecting: await serve(store), streaming: await serve(openStore(s3.url)) };
});
afterAll(async () => {
  for (const server of Object.values(gateways)) server.close();
  await s3.remove();
});

async function serve(store: ObjectStore): Promise<Server> {
  const server = createServer((req, res) => void sendArchive({ req, res }, archive, store)).listen(0);
  await once(server, 'listening');
  return server;
}

/** Like most programs, and unlike fetch, this does not follow redirects by itself. */
async function request(
  server: Server,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const sent = get({ port, headers, method });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

describe('where clients reach the store', () => {
  test('they are sent there, and no cache keeps the link', async () => {
    const { statusCode, headers } = await request(gateways.redirecting, { range: 'bytes=1-2' });
    expect(statusCode).toBe(302);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.etag).toBeUndefined();
    const download = await fetch(headers.location ?? '', { headers: { range: 'bytes=1-2' } });
    expect([download.status, await download.text()]).toEqual([206, 'bc']);
    expect(download.headers.get('content-type')).toBe('application/zip');
    expect(download.headers.get('content-disposition')).toContain("filename*=UTF-8''f%C3%A9rias.zip");
  });

  test('HEAD is answered here', async () => {
    const { statusCode, headers } = await request(gateways.redirecting, {}, 'HEAD');
    expect([statusCode, headers['content-length']]).toEqual([200, '6']);
  });

  test('an archive that the client has is not sent again', async () => {
    const etag = `"${archive.sha256}"`;
    const { statusCode, headers } = await request(gateways.redirecting, { 'if-none-match': etag });
    expect([statusCode, headers.etag]).toEqual([304, etag]);
  });

  test('a script of the page gets the bytes here: it may read nothing else', async () => {
    const { statusCode } = await request(gateways.redirecting, { 'sec-fetch-dest': 'empty' });
    expect(statusCode).toBe(200);
  });
});

test('where they do not, the bytes come through the gateway', async () => {
  const { statusCode, headers } = await request(gateways.streaming, { range: 'bytes=0-0' });
  expect([statusCode, headers['content-range']]).toEqual([206, 'bytes 0-0/6']);
});
