import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problemCode } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { objectPath, type CopiedObject } from './format.ts';

/** Copies at a time: small objects wait for the store more than for the bytes. */
const LANES = 4;

/** Tells how far the copying is; sizes in bytes. */
export type CopyProgress = (done: { objects: number; bytes: number }) => void;

/**
 * Copy objects into a backup.
 * @returns what was copied, and the keys that the store does not have
 */
export async function copyOut(
  store: ObjectStore,
  folder: string,
  keys: AsyncIterable<string> | Iterable<string>,
  progress: CopyProgress,
): Promise<{ copied: CopiedObject[]; missing: string[] }> {
  const copied: CopiedObject[] = [];
  const missing: string[] = [];
  let bytes = 0;
  await inLanes(keys, async (key) => {
    const object = await copyOne(store, folder, key);
    if (!object) return void missing.push(key);
    copied.push(object);
    bytes += object.size;
    progress({ objects: copied.length, bytes });
  });
  return { copied, missing };
}

async function copyOne(store: ObjectStore, folder: string, key: string): Promise<CopiedObject | null> {
  const path = join(folder, objectPath(key));
  await mkdir(dirname(path), { recursive: true });
  const source = await store.get(key).catch((error: unknown) => {
    if (problemCode(error) === 'not_found') return null;
    throw error;
  });
  if (!source) return null;
  const hash = createHash('sha256');
  let size = 0;
  const watch = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(source, watch, createWriteStream(path, { flush: true }));
  return { key, size, sha256: hash.digest('hex') };
}

/** Put the objects of a backup into a store. */
export async function copyIn(
  store: ObjectStore,
  folder: string,
  objects: CopiedObject[],
  progress: CopyProgress,
): Promise<void> {
  const done = { objects: 0, bytes: 0 };
  await inLanes(objects, async ({ key, size }) => {
    await store.put(key, createReadStream(join(folder, objectPath(key))));
    done.objects += 1;
    done.bytes += size;
    progress(done);
  });
}

async function inLanes<T>(
  items: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const shared = (async function* () {
    yield* items;
  })();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let next = await shared.next(); next.done !== true; next = await shared.next())
        await work(next.value);
    }),
  );
}
