import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { writeArchive } from './archive.ts';
import { readArchive } from '../../test/support/archive.ts';
import { createBench, type Bench } from '../../test/support/processor.ts';

const run = promisify(execFile);
const forever = new AbortController().signal;

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

async function writeSome(key: string) {
  const archive = writeArchive(bench.store, key, forever);
  for (let n = 1; n <= 30; n += 1) await archive.add(`frames/frame_${n}.jpg`, Buffer.alloc(n * 1000, n));
  await archive.add('manifest.json', Buffer.from('{}'));
  return archive.finish();
}

test('what was added is what common tools find, stored and not deflated', async () => {
  const { size, sha256 } = await writeSome('archives/a.zip');
  await using file = await bench.store.localFile('archives/a.zip');
  const script = [
    'import sys, zipfile, hashlib',
    'z = zipfile.ZipFile(sys.argv[1])',
    'assert z.testzip() is None',
    'assert all(i.compress_type == zipfile.ZIP_STORED and i.flag_bits & 8 == 0 for i in z.infolist())',
    'assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in z.infolist())',
    'data = open(sys.argv[1], "rb").read()',
    'print(len(z.namelist()), len(data), hashlib.sha256(data).hexdigest())',
  ];
  const { stdout } = await run('python3', ['-c', script.join('\n'), file.path]);
  expect(stdout.trim()).toBe(`31 ${size} ${sha256}`);
  expect((await readArchive(bench.store, 'archives/a.zip')).get('frames/frame_7.jpg')).toEqual(
    Buffer.alloc(7000, 7),
  );
});

test('the same input gives the same bytes', async () => {
  const first = await writeSome('archives/first.zip');
  const second = await writeSome('archives/second.zip');
  expect(second.sha256).toBe(first.sha256);
});

test('an archive that is given up leaves nothing', async () => {
  const archive = writeArchive(bench.store, 'archives/given-up.zip', forever);
  await archive.add('frames/frame_1.jpg', Buffer.alloc(5000));
  await archive.abandon();
  expect(await bench.store.head('archives/given-up.zip')).toBeNull();
  await expect(archive.add('frames/frame_2.jpg', Buffer.alloc(1))).rejects.toThrow('given up');
});

test('an abort ends the archive and whoever waits for it', async () => {
  const stopping = new AbortController();
  const archive = writeArchive(bench.store, 'archives/aborted.zip', stopping.signal);
  await archive.add('frames/frame_1.jpg', Buffer.alloc(5000));
  stopping.abort(new Error('enough'));
  await expect(archive.finish()).rejects.toThrow();
  await archive.abandon();
  expect(await bench.store.head('archives/aborted.zip')).toBeNull();
});

test('a store that fails is the error of the next step', async () => {
  const failing: ObjectStore = { ...bench.store, put: () => Promise.reject(new Error('the disk is full')) };
  const archive = writeArchive(failing, 'archives/x.zip', forever);
  const filling = async () => {
    for (let n = 0; n < 100; n += 1) await archive.add(`frames/frame_${n}.jpg`, Buffer.alloc(1_000_000));
  };
  await expect(filling()).rejects.toThrow('the disk is full');
  await archive.abandon();
});

test('a store that stands still stops the writer after a few megabytes, and one that goes on lets it finish', async () => {
  let arrived = 0;
  let added = 0;
  const opened = Promise.withResolvers<undefined>();
  const store: ObjectStore = {
    ...bench.store,
    put: async (_key, source) => {
      await opened.promise;
      const hash = createHash('sha256');
      for await (const chunk of source as AsyncIterable<Buffer>) {
        hash.update(chunk);
        arrived += chunk.length;
      }
      return { size: arrived, modifiedAt: new Date() };
    },
  };
  const archive = writeArchive(store, 'archives/x.zip', forever);
  const filling = (async () => {
    for (; added < 60; added += 1) await archive.add(`frames/frame_${added}.jpg`, Buffer.alloc(1_000_000));
    return archive.finish();
  })();
  await untilQuiet(() => added);
  expect(added).toBeLessThan(10);
  opened.resolve(undefined);
  expect((await filling).size).toBe(arrived);
  expect(arrived).toBeGreaterThan(60_000_000);
});

/** Wait until a number has stayed the same for many turns of the event loop. */
async function untilQuiet(read: () => number): Promise<void> {
  let seen = read();
  for (let quiet = 0; quiet < 500; quiet += 1) {
    await new Promise(setImmediate);
    if (read() !== seen) quiet = 0;
    seen = read();
  }
}
