import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { UploadState } from '../../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../../lib/errors.ts';
import type { Recipe } from '../../../../lib/recipe.ts';
import type { ObjectStore } from '../../../../lib/storage/object-store.ts';
import type { Call } from '../../endpoint.ts';
import { sniffContainer, SNIFF_BYTES } from '../meter.ts';
import type { RunningHashes } from './running-hashes.ts';

/** A resumable upload, or the video it has become, as `video.findUpload` tells of it: what was declared is known. */
export type FoundUpload = UploadState & { size: number; filename: string; recipe: Recipe };

interface FinishDependencies {
  store: ObjectStore;
  hashes: RunningHashes;
}

/** Whose upload is finished, by whose request. */
export interface Finish {
  call: Call;
  personId: string;
  upload: Pick<FoundUpload, 'id' | 'key' | 'size' | 'filename' | 'recipe' | 'sha256'>;
}

/**
 * Makes videos of uploads whose last byte is there. Clients that lost the answer ask again: those that ask at the same
 * time share one reading of the bytes, and `video.create` makes one video however often it is called.
 * @returns a function that throws ProblemError `unsupported_media` and `checksum_mismatch`, after which the upload is
 * given up, and `not_found` when it was given up meanwhile
 */
export function createFinisher(dependencies: FinishDependencies): (finish: Finish) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return (finish) => {
    const { id } = finish.upload;
    const shared = running.get(id);
    if (shared) return shared;
    const started = makeVideo(dependencies, finish).finally(() => running.delete(id));
    running.set(id, started);
    return started;
  };
}

async function makeVideo({ store, hashes }: FinishDependencies, finish: Finish): Promise<void> {
  const { call, personId, upload } = finish;
  const { id: videoId, size, filename, recipe } = upload;
  try {
    const { contentType, sha256 } = await inspect({ store, hashes }, upload);
    await call('video.create', { videoId, personId, filename, contentType, size, sha256, recipe });
    hashes.forget(upload.key);
  } catch (error) {
    if (isFinal(error)) await call('video.abandon', { videoId }).catch(() => undefined);
    throw error;
  }
}

async function inspect({ store, hashes }: FinishDependencies, upload: Finish['upload']) {
  const { key, size, sha256: declared } = upload;
  const found = await store.head(key);
  if (found?.size !== size) throw new Error(`${key} has ${found?.size} bytes where ${size} were uploaded`);
  const head = await buffer(await store.get(key, { start: 0, end: SNIFF_BYTES - 1 }));
  const contentType = (await sniffContainer(head)) ?? (await declaredType(store, key));
  const sha256 = hashes.digestOf(key, size) ?? (await hashObject(store, key));
  if (declared !== null && declared !== sha256) {
    throw new ProblemError('checksum_mismatch', {
      detail: `The file’s SHA-256 is ${sha256}, not ${declared}. Please upload it again`,
    });
  }
  return { contentType, sha256 };
}

async function hashObject(store: ObjectStore, key: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(await store.get(key), hash);
  return hash.digest('hex');
}

/** What is found wrong with the bytes stays wrong. */
const isFinal = (error: unknown) => {
  const code = problemCode(error);
  return code === 'unsupported_media' || code === 'checksum_mismatch';
};

/** What the client takes the file for, as tus clients say it. */
async function declaredType(store: ObjectStore, key: string): Promise<string> {
  const declared = (await store.resumable().getUpload(key)).metadata?.filetype ?? '';
  return /^video\/[\w.+-]{1,200}$/.test(declared) ? declared : 'application/octet-stream';
}
