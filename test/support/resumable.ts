import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tus from 'tus-js-client';
import { footage } from './footage.ts';
import type { ApiPerson } from './person.ts';

export const digestOf = (bytes: Uint8Array, algorithm = 'sha256', encoding: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(bytes).digest(encoding);

/** A clip, followed by random bytes, which players ignore: never the same twice. */
export async function uniqueClip(size: number): Promise<Buffer<ArrayBuffer>> {
  const clip = await readFile(footage('birds.mp4'));
  return Buffer.concat([clip, randomBytes(size - clip.length)]);
}

/** An Upload-Metadata header. */
export const metadata = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** One request of the protocol. */
export const tusRequest = (
  person: ApiPerson,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Uint8Array<ArrayBuffer>,
) => {
  const type = body ? { 'content-type': 'application/offset+octet-stream' } : {};
  const all = { 'tus-resumable': '1.0.0', ...type, ...headers };
  return person.fetch(path, { method, headers: all, ...(body ? { body } : {}) });
};

/** Begin an upload; resolves to its path. */
export async function beginUpload(
  person: ApiPerson,
  size: number,
  fields: Record<string, string> = {},
): Promise<string> {
  const headers = {
    'upload-length': String(size),
    ...(Object.keys(fields).length > 0 ? { 'upload-metadata': metadata(fields) } : {}),
  };
  const response = await tusRequest(person, 'POST', '/uploads', headers);
  if (response.status !== 201) throw new Error(`No upload but ${response.status} ${await response.text()}`);
  return response.headers.get('location') ?? '';
}

/** Add bytes to an upload. */
export const addBytes = (
  person: ApiPerson,
  path: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => tusRequest(person, 'PATCH', path, { 'upload-offset': String(offset), ...headers }, bytes);

/** How many bytes of an upload are there. */
export async function offsetOf(person: ApiPerson, path: string): Promise<number> {
  const response = await tusRequest(person, 'HEAD', path);
  if (!response.ok) throw new Error(`HEAD ${path} answered ${response.status}`);
  return Number(response.headers.get('upload-offset'));
}

/** A transfer by the client that most people use. */
export interface ClientUpload {
  upload: tus.Upload;
  /** Resolves to the id of the video that the server named. */
  done: Promise<string | undefined>;
}

/**
 * Upload with tus-js-client.
 * @param url of the system, or of a proxy in front of it
 */
export function startClient(
  url: string,
  person: ApiPerson,
  bytes: Buffer,
  options: Partial<tus.UploadOptions> = {},
): ClientUpload {
  let videoId: string | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  promise.catch(() => undefined);
  const upload = new tus.Upload(bytes, {
    endpoint: `${url}/uploads`,
    headers: { authorization: `Bearer ${person.tokens.accessToken}` },
    retryDelays: Array<number>(100).fill(20),
    storeFingerprintForResuming: false,
    removeFingerprintOnSuccess: true,
    onAfterResponse: (_request, response) => {
      videoId = response.getHeader('Video-Id') ?? videoId;
    },
    onSuccess: () => resolve(videoId),
    onError: reject,
    ...options,
  });
  upload.start();
  return { upload, done: promise };
}
