import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { create as contentDisposition } from 'content-disposition';
import { ProblemError } from '../errors.ts';
import { explainTls } from '../tls-fault.ts';
import { isKey, isResumable, validKey, validPrefix } from './key.ts';
import type {
  ByteRange,
  DirectUploads,
  ListedObject,
  LocalFile,
  ObjectInfo,
  ObjectStore,
  ResumableUploads,
  SignedUrlOptions,
} from './object-store.ts';
import { createDirectUploads } from './s3-direct.ts';
import { abortStaleUploads, abortUploadsOf } from './s3-leftovers.ts';
import type { S3Location } from './s3-location.ts';
import { createS3Resumable, notesOf } from './s3-resumable.ts';
import { makeScratchFolder } from './scratch.ts';
import { uploadStream, type S3Place } from './s3-upload.ts';

/** So a store that refuses connections fails a call within seconds, and one that hangs within two minutes. */
const ATTEMPTS = 3;
const CONNECT_MS = 3_000;
/** From the first byte of a request to the answer's headers; a part of an upload is the largest. */
const REQUEST_MS = 30_000;
/** For requests that move no object's bytes. */
const SHORT_REQUEST_MS = 5_000;
/** A transfer that stands still for this long is dead, or its reader is. */
const IDLE_MS = 120_000;

/**
 * Objects in a bucket of S3, or of a store that speaks its language. S3 itself shows a new object only when it is
 * whole. Credentials come from the SDK's default chain: the environment, a profile, a role of the container or machine.
 * @param location see {@link readS3Location}
 * @param scratch the folder for local copies
 */
export function createS3Store(location: S3Location, scratch: string = tmpdir()): ObjectStore {
  const client = createClient(location);
  const place = (key: string) => ({ Bucket: location.bucket, Key: location.prefix + validKey(key) });
  let resumable: ResumableUploads | undefined;
  let direct: DirectUploads | undefined;
  return {
    put: async (key, source, signal) => put(client, place(key), source, signal),
    get: async (key, range) => open(client, place(key), range),
    head: async (key) => head(client, place(key)),
    list: (prefix = '') => list(client, location, validPrefix(prefix)),
    delete: async (key) => {
      // What is given up first can't become an object any more once that is deleted.
      if (isResumable(key)) await removeUpload(client, place(key));
      await remove(client, place(key));
    },
    resumable: () => (resumable ??= createS3Resumable(location, clientConfig(location))),
    direct: () =>
      location.redirect ? (direct ??= createDirectUploads(clientConfig(location), place)) : null,
    localFile: async (key, signal, maxBytes) => download(client, place(key), { scratch, maxBytes, signal }),
    signedUrl: async (key, options) => (location.redirect ? sign(client, place(key), options) : null),
    removeLeftovers: (before) => abortStaleUploads(client, location, before),
    ping: async () => {
      const question = new HeadBucketCommand({ Bucket: location.bucket });
      await client.send(question, { abortSignal: AbortSignal.timeout(SHORT_REQUEST_MS) });
    },
  };
}

function createClient(location: S3Location): S3Client {
  const client = new S3Client(clientConfig(location));
  client.middlewareStack.add(
    (next) => (request) =>
      next(request).catch((error: unknown) => {
        throw explainTls(error, 'STORAGE_URL');
      }),
    { step: 'initialize', name: 'explain-tls' },
  );
  return client;
}

function clientConfig({ region, endpoint, pathStyle }: S3Location): S3ClientConfig {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(pathStyle === undefined ? {} : { forcePathStyle: pathStyle }),
    maxAttempts: ATTEMPTS,
    // Asking before each part needs a connection of its own for each, and not every store answers.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      socketTimeout: IDLE_MS,
    },
  };
}

async function remove(client: S3Client, place: S3Place): Promise<void> {
  await client.send(new DeleteObjectCommand(place), { requestTimeout: SHORT_REQUEST_MS });
}

async function removeUpload(client: S3Client, place: S3Place): Promise<void> {
  await abortUploadsOf(client, place.Bucket, place.Key);
  for (const Key of notesOf(place.Key)) await remove(client, { ...place, Key });
}

async function put(client: S3Client, place: S3Place, source: Readable, signal?: AbortSignal) {
  try {
    const size = await uploadStream(client, place, source, signal);
    const info = await head(client, place);
    if (info?.size !== size) throw new Error(`S3 has ${info?.size} of the ${size} bytes of ${place.Key}`);
    return info;
  } catch (error) {
    source.destroy();
    throw error;
  }
}

async function open(
  client: S3Client,
  place: S3Place,
  range?: ByteRange,
  signal?: AbortSignal,
): Promise<Readable> {
  const Range = range && `bytes=${range.start}-${range.end}`;
  const options = signal ? { abortSignal: signal } : {};
  const answer = await client.send(new GetObjectCommand({ ...place, Range }), options).catch(explain);
  if (!(answer.Body instanceof Readable)) throw new Error(`S3 sent no body for ${place.Key}`);
  return answer.Body;
}

async function head(client: S3Client, place: S3Place): Promise<ObjectInfo | null> {
  try {
    const found = await client.send(new HeadObjectCommand(place), { requestTimeout: SHORT_REQUEST_MS });
    return { size: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
  } catch (error) {
    if (nameOf(error) === 'NotFound') return null;
    throw error;
  }
}

async function* list(
  client: S3Client,
  { bucket, prefix: folder }: S3Location,
  prefix: string,
): AsyncGenerator<ListedObject> {
  const query = { Bucket: bucket, Prefix: folder + prefix };
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, query)) {
    for (const { Key = '', Size = 0, LastModified = new Date() } of Contents) {
      const key = Key.slice(folder.length);
      if (isKey(key)) yield { key, size: Size, modifiedAt: LastModified };
    }
  }
}

interface Copying {
  scratch: string;
  maxBytes: number | undefined;
  signal: AbortSignal | undefined;
}

async function download(
  client: S3Client,
  place: S3Place,
  { scratch, maxBytes = Infinity, signal }: Copying,
): Promise<LocalFile> {
  const folder = await makeScratchFolder(scratch);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'object');
    const source = await open(client, place, undefined, signal);
    await pipeline(source, noMoreThan(maxBytes), createWriteStream(path), signal ? { signal } : {});
    return { path, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    // An aborted request can look like a broken connection.
    signal?.throwIfAborted();
    throw error;
  }
}

function noMoreThan(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size > maxBytes) done(new Error(`S3 sends more than the ${maxBytes} bytes that there are`));
      else done(null, chunk);
    },
  });
}

function sign(client: S3Client, place: S3Place, { expiresSeconds, filename, contentType }: SignedUrlOptions) {
  const command = new GetObjectCommand({
    ...place,
    ResponseContentDisposition: contentDisposition(filename),
    ResponseContentType: contentType,
  });
  return getSignedUrl(client, command, { expiresIn: expiresSeconds });
}

/** What the caller did wrong gets our codes; everything else may pass by itself. */
function explain(error: unknown): never {
  if (nameOf(error) === 'NoSuchKey') throw new ProblemError('not_found');
  if (nameOf(error) === 'InvalidRange') throw new ProblemError('range_not_satisfiable');
  throw error;
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);
