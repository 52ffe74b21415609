import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DetailedError, FileUrlStorage, Upload } from 'tus-js-client';
import { toProblem, Unreachable } from '../client/index.ts';
import type { Context } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { WantedRecipe } from './recipe-options.ts';

const RETRY_DELAYS_MS = [500, 1500, 3000, 6000, 10_000, 20_000, 30_000];

/** A file to upload. */
export interface Sending {
  path: string;
  recipe: WantedRecipe;
  /** @param sent bytes that the server has, of `total` */
  onProgress: (sent: number, total: number) => void;
}

/** The size of a file. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new CliError('no_file', `${path} is no file`, exitCodes.notFound);
  return found.size;
}

/**
 * Send a file by tus 1.0. What an earlier run has sent of the same file with the same recipe is not sent again.
 * @returns the id of the video that it has become
 */
export async function sendFile(context: Context, { path, recipe, onProgress }: Sending): Promise<string> {
  await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
  const metadata = { filename: basename(path), recipe: JSON.stringify(recipe) };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const upload = new Upload(createReadStream(path), {
    endpoint: `${context.url}/uploads`,
    metadata,
    retryDelays: RETRY_DELAYS_MS,
    urlStorage: new FileUrlStorage(join(context.stateDir, 'uploads.json')),
    removeFingerprintOnSuccess: true,
    onBeforeRequest: async (request) => {
      request.setHeader('Authorization', `Bearer ${await context.token()}`);
    },
    onProgress: (sent, total) => onProgress(sent, total),
    onSuccess: ({ lastResponse }) => {
      const id = lastResponse.getHeader('Video-Id');
      if (id) resolve(id);
      else reject(new CliError('bad_answer', 'The server has taken the file, but names no video'));
    },
    onError: (error) => reject(problemOf(error, context.url)),
  });
  const earlier = await upload.findPreviousUploads();
  const same = earlier.find(
    ({ metadata: old }) => old.recipe === metadata.recipe && old.filename === metadata.filename,
  );
  if (same) upload.resumeFromPreviousUpload(same);
  upload.start();
  return promise;
}

/** The server’s problem, if it has answered. */
function problemOf(error: Error, url: string): Error {
  // A token that could not be had is an error of ours.
  if (!(error instanceof DetailedError)) return error;
  const response = error.originalResponse;
  if (!response?.getStatus()) {
    const { causingError } = error;
    return causingError instanceof CliError ? causingError : new Unreachable(`${url} can’t be reached`);
  }
  const headers = new Headers({ 'retry-after': response.getHeader('Retry-After') ?? '' });
  return toProblem(response.getStatus(), response.getBody(), headers);
}
