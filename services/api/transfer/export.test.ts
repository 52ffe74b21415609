import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { ProblemError } from '../../../lib/errors.ts';
import type { ExportPage } from '../../../lib/person-export.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { openZip } from '../../../test/support/archive.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { Call } from '../endpoint.ts';
import { sendExport } from './export.ts';

const CHUNK = Buffer.alloc(64 * 1024, 7);

/** Pages of two sections, the first of which has two pages. */
const pages: Record<string, ExportPage> = {
  '': { section: 'many_things', items: [{ n: 1 }], nextCursor: 'b' },
  b: { section: 'many_things', items: [{ n: 2 }], nextCursor: 'c' },
  c: { section: 'few', items: [], nextCursor: null },
};

let server: Server;
let outcome: Promise<unknown>;
afterEach(() => {
  server.close();
});

/**
 * A gateway that sends one export, of files with so many chunks; null is a file that is gone.
 * @param before is waited for before any page
 */
async function serve(
  files: Record<string, number | null>,
  failing = '',
  before: Promise<unknown> = Promise.resolve(),
): Promise<string> {
  const call = (async (action: string, params: { cursor?: string }) => {
    await before;
    if (action === failing) throw new ProblemError('unavailable');
    if (action === 'video.exportFiles') {
      return { items: Object.keys(files).map((key) => ({ path: `files/${key}`, key })), nextCursor: null };
    }
    const page = pages[params.cursor ?? ''];
    return { ...page, section: `${action.split('.')[0]}_${page?.section}` };
  }) as Call;
  server = createServer((_req, res) => {
    outcome = sendExport({ res, call }, 'somebody', fakeStore(files)).catch((error: unknown) => {
      res.destroy();
      return error;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const read = { chunks: 0, destroyed: 0 };

function fakeStore(files: Record<string, number | null>): ObjectStore {
  read.chunks = 0;
  read.destroyed = 0;
  const open = (key: string) => {
    const chunks = files[key] ?? null;
    if (chunks === null) return Promise.reject(new ProblemError('not_found'));
    let left = chunks;
    return Promise.resolve(
      new Readable({
        read() {
          left -= 1;
          if (left >= 0) read.chunks += 1;
          this.push(left >= 0 ? CHUNK : null);
        },
        destroy(error, done) {
          read.destroyed += 1;
          done(error);
        },
      }),
    );
  };
  return { get: open } as Partial<ObjectStore> as ObjectStore;
}

test('an export has each section whole, the files, and the names of those that are gone', async () => {
  const response = await fetch(await serve({ a: 3, gone: null, b: 1 }));
  expect(response.headers.get('content-type')).toBe('application/zip');
  const entries = await openZip(Buffer.from(await response.arrayBuffer()));
  expect([...entries.keys()]).toEqual([
    'README.txt',
    ...['auth', 'video', 'notify'].flatMap((name) => [`${name}-many-things.json`, `${name}-few.json`]),
    ...['files/a', 'files/b', 'missing.json'],
  ]);
  expect(JSON.parse(String(entries.get('auth-many-things.json')))).toEqual([{ n: 1 }, { n: 2 }]);
  expect(JSON.parse(String(entries.get('notify-few.json')))).toEqual([]);
  expect(entries.get('files/a')).toHaveLength(3 * CHUNK.length);
  expect(JSON.parse(String(entries.get('missing.json')))).toEqual(['files/gone']);
  expect(await outcome).toBeUndefined();
});

test('a client that stands still keeps the store still; one that goes away ends everything', async () => {
  const url = await serve({ huge: 100_000 });
  const request = get(url);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  let before = -1;
  await eventually(() => {
    const still = read.chunks > 0 && read.chunks === before;
    before = read.chunks;
    return still;
  }, 'the store to be read no further');
  expect(read.chunks * CHUNK.length).toBeLessThan(16 * 1024 ** 2);
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.destroy();
  expect(await outcome).toBeUndefined();
  expect(read.destroyed).toBe(1);
});

test('a client that went before there was anything to send is no failure', async () => {
  const gone = Promise.withResolvers<undefined>();
  const url = await serve({ a: 1 }, '', gone.promise);
  server.once('request', (_req, res) => res.once('close', () => gone.resolve(undefined)));
  const request = get(url);
  request.on('error', () => undefined);
  await once(server, 'request');
  request.destroy();
  await gone.promise;
  expect(await outcome).toBeUndefined();
  expect(read.chunks).toBe(0);
});

test('a failure in the middle cuts the connection, so that nobody takes a part for the whole', async () => {
  const url = await serve({}, 'notify.exportPerson');
  await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
  expect(await outcome).toMatchObject({ type: 'unavailable' });
});
