import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { servePage } from './page-assets.ts';
import { eventually } from '../../test/support/eventually.ts';

async function withServer(handle: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The page's files that this process has open. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((target) => target.includes('/web/dist/'));
}

test('a client that goes away leaves no file open', async () => {
  const gone: RequestListener = (req, res) => {
    servePage(req, res, () => res.end());
    res.destroy();
  };
  await withServer(gone, async (url) => {
    for (let n = 0; n < 20; n += 1) await fetch(url).catch(() => undefined);
    await eventually(async () => (await openFiles()).length === 0, 'the files to be closed', 10_000);
  });
});

test.each(['bytes=5-2', 'bytes=0-0, 5-6', 'bytes=x-y', 'bytes=99999999-', 'lines=1-2'])(
  'the range %s gets the whole',
  async (range) => {
    const serve: RequestListener = (req, res) => servePage(req, res, () => res.writeHead(404).end());
    await withServer(serve, async (url) => {
      const response = await fetch(url, { headers: { range } });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('</html>');
    });
  },
);
