import { randomBytes, createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { problemCode } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';
import { watchHeldBytes } from '../../test/support/memory.ts';

const MiB = 1024 ** 2;
const farFuture = new Date('2100-01-01');

const codeOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => problemCode(error) ?? String(error),
  );

/** Bytes in chunks, each made when it is asked for. */
function chunks(total: number, onChunk: () => void = () => undefined): Readable {
  const size = MiB / 4;
  const make = function* () {
    for (let sent = 0; sent < total; sent += size) {
      onChunk();
      yield Buffer.alloc(Math.min(size, total - sent), 7);
    }
  };
  return Readable.from(make(), { objectMode: false });
}

/**
 * What every object store must do.
 * @param name of the adapter
 * @param createStore an empty store for each test
 */
export function objectStoreContract(name: string, createStore: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await createStore();
    });
    const put = (key: string, bytes: Buffer) => store.put(key, Readable.from([bytes], { objectMode: false }));
    const read = async (key: string) => buffer(await store.get(key));

    describe('whole objects', () => wholeObjects(() => store, put, read));
    describe('emptied names', () => emptied(() => store, put, read));
    describe('interrupted puts', () => interruptedPuts(() => store, put, read));
    describe('competing puts', () => competingPuts(() => store, put, read));
    describe('keys', () => keys(() => store, put));
    describe('a listing', () => listing(() => store, put));

    test('a store in good order answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
      expect(await store.removeLeftovers(farFuture)).toBe(0);
    });

    test('300 MB pass in constant memory, in and out', async () => {
      const sample = watchHeldBytes(200);
      const { size } = await store.put('large', chunks(300 * MiB, sample));
      let got = 0;
      for await (const chunk of await store.get('large')) {
        got += (chunk as Buffer).length;
        sample();
      }
      expect([size, got]).toEqual([300 * MiB, 300 * MiB]);
      expect(sample()).toBeLessThan(150 * MiB);
    });
  });
}

type Store = () => ObjectStore;
type Put = (key: string, bytes: Buffer) => Promise<{ size: number }>;
type Read = (key: string) => Promise<Buffer>;

function wholeObjects(store: Store, put: Put, read: Read): void {
  test('come back byte for byte', async () => {
    const bytes = randomBytes(5 * MiB);
    const before = Date.now();
    const put = await store().put(
      'sources/one',
      Readable.from([bytes.subarray(0, MiB), bytes.subarray(MiB)]),
    );
    expect(put.size).toBe(bytes.length);
    expect(Math.abs(put.modifiedAt.getTime() - before)).toBeLessThan(60_000);
    expect((await read('sources/one')).equals(bytes)).toBe(true);
    expect(await store().head('sources/one')).toEqual(put);
  });

  test('can be empty', async () => {
    expect((await put('empty', Buffer.alloc(0))).size).toBe(0);
    expect(await read('empty')).toHaveLength(0);
    expect(await store().head('empty')).toMatchObject({ size: 0 });
  });

  test('are read by inclusive ranges', async () => {
    await put('letters', Buffer.from('abcdefghij'));
    const range = async (start: number, end: number) =>
      (await buffer(await store().get('letters', { start, end }))).toString();
    expect(await range(0, 0)).toBe('a');
    expect(await range(2, 5)).toBe('cdef');
    expect(await range(7, 1000)).toBe('hij');
    expect(await codeOf(range(10, 12))).toBe('range_not_satisfiable');
  });

  test('can be had as a local file while it is in use', async () => {
    await put('sources/film', Buffer.from('film'));
    await using file = await store().localFile('sources/film');
    expect(await readFile(file.path, 'utf8')).toBe('film');
  });

  test('stay when their local file is let go', async () => {
    await put('sources/film', Buffer.from('film'));
    const file = await store().localFile('sources/film');
    await file[Symbol.asyncDispose]();
    expect((await read('sources/film')).toString()).toBe('film');
  });

  test('are gone after a delete, which can be repeated and takes nothing else along', async () => {
    await put('a/one', Buffer.from('1'));
    await put('a/two', Buffer.from('2'));
    await store().delete('a/one');
    await store().delete('a/one');
    expect(await store().head('a/one')).toBeNull();
    expect((await read('a/two')).toString()).toBe('2');
  });
}

/** A key may be the beginning of others, at other times: a store of files has folders there. */
function emptied(store: Store, put: Put, read: Read): void {
  test('what all objects below a name had in common is free for another one', async () => {
    await put('deep/er/one', Buffer.from('1'));
    await put('deep/er/two', Buffer.from('2'));
    await store().delete('deep/er/one');
    expect((await read('deep/er/two')).toString()).toBe('2');
    await store().delete('deep/er/two');
    await put('deep', Buffer.from('3'));
    expect((await read('deep')).toString()).toBe('3');
  });

  test('puts lose nothing to deletes of the last object beside them', async () => {
    const keysOf = (n: number) => [0, 1, 2, 3].map((m) => `race/${n % 3}/${m}`);
    for (let n = 0; n < 30; n += 1) {
      const [stays = '', ...gone] = keysOf(n);
      await Promise.all(gone.map((key) => put(key, Buffer.from('x'))));
      const deleting = gone.map((key) => store().delete(key));
      await Promise.all([...deleting, put(stays, Buffer.from(String(n)))]);
      expect((await read(stays)).toString()).toBe(String(n));
      await store().delete(stays);
    }
    expect(await store().removeLeftovers(farFuture)).toBe(0);
  });
}

function interruptedPuts(store: Store, put: Put, read: Read): void {
  const failing = () =>
    Readable.from(
      (function* () {
        yield Buffer.alloc(MiB);
        throw new Error('the line broke');
      })(),
    );

  test('a failing source leaves nothing', async () => {
    await expect(store().put('broken', failing())).rejects.toThrow('the line broke');
    expect(await store().head('broken')).toBeNull();
    expect(await store().removeLeftovers(farFuture)).toBe(0);
  });

  test('a source that was cut off before it began leaves nothing', async () => {
    const source = new PassThrough();
    source.destroy(new Error('gone'));
    await expect(store().put('cut', source)).rejects.toThrow();
    expect(await store().head('cut')).toBeNull();
    expect(await store().removeLeftovers(farFuture)).toBe(0);
  });

  test('a failing source leaves the object that was there', async () => {
    await put('kept', Buffer.from('old'));
    await expect(store().put('kept', failing())).rejects.toThrow('the line broke');
    expect((await read('kept')).toString()).toBe('old');
  });

  test('an abort ends a put whose source stands still, and leaves nothing', async () => {
    const source = new PassThrough();
    const stop = new AbortController();
    const putting = store().put('aborted', source, stop.signal);
    source.write(Buffer.alloc(MiB), () => stop.abort());
    await expect(putting).rejects.toMatchObject({ name: 'AbortError' });
    expect(source.destroyed).toBe(true);
    expect(await store().head('aborted')).toBeNull();
    expect(await store().removeLeftovers(farFuture)).toBe(0);
  });

  test('a signal that is aborted already stores nothing', async () => {
    const source = Readable.from([Buffer.from('x')]);
    await expect(store().put('late', source, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await store().head('late')).toBeNull();
  });
}

function competingPuts(store: Store, put: Put, read: Read): void {
  test('a reader of the old object is not disturbed by a new one', async () => {
    const old = randomBytes(2 * MiB);
    await put('shared', old);
    const reader = await store().get('shared');
    const firstBytes = await new Promise<Buffer>((resolve, reject) => {
      reader.once('error', reject).once('data', (chunk: Buffer) => {
        reader.pause();
        resolve(chunk);
      });
    });
    await put('shared', Buffer.from('new'));
    expect(Buffer.concat([firstBytes, await buffer(reader)]).equals(old)).toBe(true);
    expect((await read('shared')).toString()).toBe('new');
  });

  test('puts to one key at the same time end with one whole object', async () => {
    const bodies = Array.from({ length: 8 }, () => randomBytes(MiB));
    await Promise.all(bodies.map((body) => put('contested/key', body)));
    const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(bodies.map(sum)).toContain(sum(await read('contested/key')));
    expect(await store().removeLeftovers(farFuture)).toBe(0);
  });

  test('an unfinished put is invisible', async () => {
    const source = new PassThrough();
    const putting = store().put('growing', source);
    source.write('half');
    await turn();
    expect(await store().head('growing')).toBeNull();
    source.end('whole');
    await putting;
    expect((await read('growing')).toString()).toBe('halfwhole');
  });
}

function keys(store: Store, put: Put): void {
  test('missing ones are told at once', async () => {
    await put('here/it', Buffer.from('is'));
    for (const key of ['nowhere', 'here/not', 'here', 'here/it/below']) {
      expect(await codeOf(store().get(key))).toBe('not_found');
      expect(await codeOf(store().localFile(key))).toBe('not_found');
      expect(await store().head(key)).toBeNull();
    }
  });

  const hostile = ['', '/', '/etc/passwd', '../up', 'a/../b', 'a/./b', 'a//b', 'a/', '.incoming/x', 'A', 'ä'];
  const worse = ['a b', 'a\\b', 'a\0b', 'a\n', 'a%2e', 'a/..', 'x'.repeat(300), '-rf', 'a?b', 'a:b'];
  test.each([...hostile, ...worse])('%j is refused', async (key) => {
    const source = Readable.from([Buffer.from('x')]);
    expect(await codeOf(store().put(key, source))).toContain('Not an object key');
    expect(await codeOf(store().get(key))).toContain('Not an object key');
    expect(await codeOf(store().head(key))).toContain('Not an object key');
    expect(await codeOf(store().delete(key))).toContain('Not an object key');
    expect(await codeOf(store().localFile(key))).toContain('Not an object key');
  });
}

function listing(store: Store, put: Put): void {
  const keysOf = async (prefix?: string) => {
    const found = [];
    for await (const { key } of store().list(prefix)) found.push(key);
    return found.sort();
  };

  test('of an empty store is empty', async () => {
    expect(await keysOf()).toEqual([]);
    expect(await keysOf('sources/')).toEqual([]);
  });

  test('tells of every object what a look at it does', async () => {
    await put('sources/one', Buffer.from('1'));
    await put('deep/er/two.zip', Buffer.from('22'));
    await put('three', Buffer.alloc(0));
    expect(await keysOf()).toEqual(['deep/er/two.zip', 'sources/one', 'three']);
    for await (const { key, ...info } of store().list()) expect(info).toEqual(await store().head(key));
  });

  test('is cut to a prefix, in the middle of a name, too', async () => {
    for (const key of ['a/one', 'a/once', 'a/two', 'ab/one']) await put(key, Buffer.from('x'));
    expect(await keysOf('a')).toEqual(['a/once', 'a/one', 'a/two', 'ab/one']);
    expect(await keysOf('a/')).toEqual(['a/once', 'a/one', 'a/two']);
    expect(await keysOf('a/on')).toEqual(['a/once', 'a/one']);
    expect(await keysOf('a/one')).toEqual(['a/one']);
    expect(await keysOf('a/one/')).toEqual([]);
    expect(await keysOf('b/')).toEqual([]);
  });

  test('passes by what is deleted, and what is not stored whole', async () => {
    await put('gone', Buffer.from('x'));
    await put('here', Buffer.from('x'));
    await store().delete('gone');
    const source = new PassThrough();
    const putting = store().put('growing', source);
    source.write('half');
    await turn();
    expect(await keysOf()).toEqual(['here']);
    source.end();
    await putting;
    expect(await keysOf()).toEqual(['growing', 'here']);
  });

  test('goes over more objects than a page of S3 has', async () => {
    const many = Array.from({ length: 1100 }, (_, n) => `many/${String(n).padStart(4, '0')}`);
    for (let n = 0; n < many.length; n += 50) {
      await Promise.all(many.slice(n, n + 50).map((key) => put(key, Buffer.from('x'))));
    }
    expect(await keysOf('many/')).toEqual(many);
  });

  test.each(['../', '/', '.incoming/', 'a//', 'a/../b', 'A'])('never begins with %j', async (prefix) => {
    await expect(keysOf(prefix)).rejects.toThrow('No object key begins with');
  });
}
