import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Reservation, VideoJson } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { metrics } from '../../../lib/metrics.ts';
import { noRoom } from '../../../lib/quota-problems.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import type { PersonalRequest } from '../endpoint.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { readBody, type IncomingFile } from './body.ts';
import { cleanFilename } from './filename.ts';
import { keepLease } from './lease.ts';
import { createMeter, type Measured } from './meter.ts';
import { readRecipeText } from './recipe.ts';

export interface UploadLimits {
  maxBytes: number;
  /** An upload may take as long as it likes, but not stand still for longer than this. */
  idleSeconds: number;
}

interface UploadDependencies {
  store: ObjectStore;
  limits: UploadLimits;
}

type UploadRequest = PersonalRequest<unknown, { filename?: string | undefined; recipe?: string | undefined }>;

interface StoredFile extends Measured {
  filename: string | undefined;
  declaredType: string;
}

/**
 * Receive a video: its bytes go to the object store while they arrive, then `video.create` makes it a video. Whatever
 * fails on the way, the object is given up and swept.
 * @returns the video, and whether this request made it (an Idempotency-Key may have found an earlier one)
 * @throws ProblemError `too_large`, `unsupported_media`, `bad_request`, `upload_timeout`, `invalid_recipe`,
 * `validation_failed`, `idempotency_mismatch`, `quota_exceeded`
 */
export async function receiveUpload(
  request: UploadRequest,
  dependencies: UploadDependencies,
): Promise<{ video: VideoJson; created: boolean }> {
  const { req, call, query } = request;
  const idempotencyKey = readIdempotencyKey(req);
  // What is known to be wrong is told before a byte is taken.
  if (query.recipe !== undefined) readRecipeText(query.recipe);
  const { videoId, key, maxBytes, storedBytes } = await call<Reservation>('video.reserve', {
    personId: request.caller.personId,
    address: request.origin.address,
    kind: 'plain',
    size: declaredSize(req),
  });
  const lease = keepLease(call, { id: videoId, holder: randomUUID() });
  try {
    const limits = { ...dependencies.limits, maxBytes };
    const { file, fields } = await storeBody(req, key, { ...dependencies, limits }).catch(
      (error: unknown) => {
        throw maxBytes < dependencies.limits.maxBytes && problemCode(error) === 'too_large'
          ? noRoom(storedBytes)
          : error;
      },
    );
    const { filename, declaredType, contentType, size, sha256 } = file;
    return await call('video.create', {
      videoId,
      personId: request.caller.personId,
      filename: cleanFilename(query.filename ?? filename),
      contentType: contentType ?? declaredType,
      size,
      sha256,
      recipe: readRecipeText(fields.get('recipe') ?? query.recipe),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  } catch (error) {
    await call('video.abandon', { videoId }).catch(() => undefined);
    throw error;
  } finally {
    lease.stop();
  }
}

/** What boundaries, part headers and other fields of a multipart body may add to its Content-Length. */
const MULTIPART_SLACK = 64 * 1024;

const isForm = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.toLowerCase().startsWith('multipart/') ?? false;

/** @returns how many bytes the file has at least; null when the client does not say */
function declaredSize(req: IncomingMessage): number | null {
  const length = req.headers['content-length'];
  if (length === undefined) return null;
  return Math.max(0, Number(length) - (isForm(req) ? MULTIPART_SLACK : 0));
}

async function storeBody(
  req: IncomingMessage,
  key: string,
  { store, limits }: UploadDependencies,
): Promise<{ file: StoredFile; fields: Map<string, string> }> {
  const idle = watchIdle(req, limits.idleSeconds);
  let file: StoredFile | undefined;
  const take = async ({ stream, filename, contentType }: IncomingFile) => {
    const { stream: meter, measured } = createMeter(limits.maxBytes);
    // The store learns of a failure when it reads; one that comes before it does has no other listener.
    meter.on('error', () => undefined);
    const abort = () => meter.destroy(new ProblemError('bad_request', { detail: 'The upload was aborted' }));
    stream.on('error', abort);
    stream.on('close', () => {
      if (!stream.readableEnded) abort();
    });
    await store.put(key, stream.pipe(meter), idle.signal).catch((error: unknown) => {
      throw asProblem(error);
    });
    file = { ...measured(), filename, declaredType: contentType };
    metrics.uploadBytes.inc({ way: isForm(req) ? 'multipart' : 'raw' }, file.size);
  };
  try {
    const fields = await readBody(req, take, idle.signal, limits.maxBytes + MULTIPART_SLACK);
    if (!file) throw new ProblemError('bad_request');
    return { file, fields };
  } catch (error) {
    throw idle.signal.aborted ? new ProblemError('upload_timeout') : error;
  } finally {
    idle.stop();
  }
}

/** What the store throws is not the person's fault, and passes. */
function asProblem(error: unknown): unknown {
  if (problemCode(error)) return error;
  return new ProblemError('unavailable', { detail: 'The upload could not be stored. Please try again' });
}

/** Aborts when nothing arrives for too long. */
function watchIdle(req: IncomingMessage, idleSeconds: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let seen = req.socket.bytesRead;
  const timer = setInterval(() => {
    if (req.socket.bytesRead === seen) controller.abort();
    seen = req.socket.bytesRead;
  }, idleSeconds * 1000);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
