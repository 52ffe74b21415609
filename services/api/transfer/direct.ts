import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reservation, UploadState, VideoJson } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { metrics } from '../../../lib/metrics.ts';
import type { Recipe } from '../../../lib/recipe.ts';
import type { UploadPlan } from '../../../lib/replies.ts';
import type { DirectUploads, ObjectStore, UploadPart } from '../../../lib/storage/object-store.ts';
import type { Call, PersonalRequest } from '../endpoint.ts';
import { withLease } from './lease.ts';
import { createMeter, type Measured } from './meter.ts';
import { checkParts, splitIntoParts } from './parts.ts';

/** Uploads whose bytes go from the client straight to the store. */

export interface DirectDependencies {
  call: Call;
  store: ObjectStore;
}

interface NewUpload {
  filename: string;
  size: number;
  sha256?: string;
  contentType: string;
  recipe: Recipe;
}

interface Own {
  personId: string;
  id: string;
}

/** An upload that is on its way to the store: what was declared of it is known. */
type OpenUpload = UploadState & {
  size: number;
  filename: string;
  recipe: Recipe;
  storeUploadId: string;
  expiresAt: string;
};

/**
 * Begin an upload.
 * @throws ProblemError `not_supported` where clients can't reach the store, `too_large`, `quota_exceeded`
 */
export async function beginDirect(
  { call, store }: DirectDependencies,
  { caller: { personId }, origin: { address } }: Pick<PersonalRequest, 'caller' | 'origin'>,
  { contentType, ...wish }: NewUpload,
): Promise<UploadPlan> {
  const direct = directOf(store);
  const reserved = await call<Reservation>('video.reserve', {
    ...wish,
    ...{ personId, address },
    kind: 'direct',
  });
  const { videoId: id, key, expiresAt } = reserved;
  try {
    const storeUploadId = await direct.begin(key, contentType);
    await call('video.noteUpload', { id, storeUploadId });
    return await plan(direct, { id, key, expiresAt, storeUploadId, size: wish.size });
  } catch (error) {
    await call('video.abandon', { videoId: id }).catch(() => undefined);
    throw error;
  }
}

/**
 * New URLs for an upload, and what has arrived of it: a client that lost everything goes on with that.
 * @throws ProblemError `not_supported`, `not_found`, `expired`, `invalid_state` when it is a video by now
 */
export async function resumeDirect({ call, store }: DirectDependencies, own: Own): Promise<UploadPlan> {
  const direct = directOf(store);
  const upload = await findOpen(call, own);
  const arrived = await direct.parts(upload.key, upload.storeUploadId);
  const etags = new Map(arrived?.map(({ number, size, etag }) => [`${number} ${size}`, etag]));
  const { parts, ...about } = await plan(direct, upload);
  const told = parts.map((part) => ({ ...part, etag: etags.get(`${part.number} ${part.size}`) ?? null }));
  return { ...about, parts: told };
}

/**
 * Make a video of an upload whose parts have all arrived. May be repeated: after a fault, and when its answer was lost.
 * @throws ProblemError `validation_failed` when parts are missing or wrong; `checksum_mismatch` or
 * `unsupported_media` when the bytes are, and then the upload is given up; `upload_locked` while another request is
 * at it; `not_supported`, `not_found`, `expired`
 */
export async function completeDirect(
  dependencies: DirectDependencies,
  own: Own,
  named: UploadPart[],
): Promise<VideoJson> {
  const { call, store } = dependencies;
  const direct = directOf(store);
  if ((await find(call, own)).isVideo) return call<VideoJson>('video.get', own);
  return withLease(call, own.id, async () => {
    // It may have become a video while another request had the lease.
    if ((await find(call, own)).isVideo) return call<VideoJson>('video.get', own);
    const upload = await findOpen(call, own);
    await putTogether(store, direct, upload, named);
    const { size, sha256, contentType } = await verify(dependencies, upload);
    const about = { filename: upload.filename, recipe: upload.recipe, size, sha256 };
    const { video } = await call<{ video: VideoJson }>('video.create', {
      ...about,
      videoId: own.id,
      personId: own.personId,
      contentType: contentType ?? 'application/octet-stream',
    });
    return video;
  });
}

/** @throws ProblemError `not_supported`, `not_found`, `expired`, `invalid_state` when it is a video by now */
export async function giveUpDirect({ call, store }: DirectDependencies, own: Own): Promise<void> {
  directOf(store);
  const { id } = await findOpen(call, own);
  // The version before, which may still run beside this one, does not say.
  const answer = await call<{ abandoned: boolean } | null>('video.abandon', { videoId: id });
  // Another request was faster: it has become a video, or is gone.
  if (answer?.abandoned === false) await findOpen(call, own);
}

function directOf(store: ObjectStore): DirectUploads {
  const direct = store.direct();
  if (direct) return direct;
  throw new ProblemError('not_supported', { detail: 'Clients do not reach the object store of this system' });
}

const find = (call: Call, own: Own) => call<UploadState>('video.findUpload', own);

async function findOpen(call: Call, own: Own): Promise<OpenUpload> {
  const found = await find(call, own);
  if (found.isVideo) throw new ProblemError('invalid_state', { detail: 'This upload has become a video' });
  // Without the store's name of it, whoever began it got no URL.
  if (found.kind !== 'direct' || found.storeUploadId === null) throw new ProblemError('not_found');
  return found as OpenUpload;
}

async function plan(
  direct: DirectUploads,
  {
    id,
    key,
    expiresAt,
    storeUploadId,
    size,
  }: Pick<OpenUpload, 'id' | 'key' | 'expiresAt' | 'storeUploadId' | 'size'>,
): Promise<UploadPlan> {
  const { partSize, sizes } = splitIntoParts(size);
  const seconds = Math.max(1, Math.floor((Date.parse(expiresAt) - Date.now()) / 1000));
  const urls = await direct.sign(key, storeUploadId, sizes, seconds);
  const parts = urls.map((url, index) => ({ number: index + 1, url, size: sizes[index] ?? 0 }));
  return { id, expiresAt, partSize, parts };
}

/** When the store knows the upload no more but has the object, an earlier request got this far. */
async function putTogether(
  store: ObjectStore,
  direct: DirectUploads,
  { key, storeUploadId, size }: OpenUpload,
  named: UploadPart[],
): Promise<void> {
  const arrived = await direct.parts(key, storeUploadId);
  if (arrived) {
    checkParts(named, arrived, splitIntoParts(size).sizes);
    await direct.complete(key, storeUploadId, named);
  } else if ((await store.head(key))?.size !== size) {
    throw new ProblemError('not_found', { detail: 'This upload has been given up; please start it again' });
  }
}

/** Read the object once. Bytes that are wrong stay wrong, so the upload is given up. */
async function verify({ call, store }: DirectDependencies, upload: OpenUpload): Promise<Measured> {
  const { stream, measured } = createMeter(upload.size);
  try {
    await pipeline(await store.get(upload.key), stream, nowhere());
    const found = measured();
    metrics.uploadBytes.inc({ way: 'direct' }, found.size);
    if (upload.sha256 !== null && found.sha256 !== upload.sha256) {
      throw new ProblemError('checksum_mismatch', {
        detail: 'These are not the bytes with the SHA-256 that was named; the upload has been given up',
      });
    }
    return found;
  } catch (error) {
    const isWrong = ['unsupported_media', 'checksum_mismatch'].includes(problemCode(error) ?? '');
    if (isWrong) await call('video.abandon', { videoId: upload.id });
    throw error;
  }
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
