import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { send, Unreachable, withBearer, type Schemas } from '../client/index.ts';
import type { Context } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { showTransfer } from './progress.ts';

const sizeSoFar = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;
const exists = async (file: string) => (await stat(file).catch(() => null)) !== null;

/** Ask for a path's bytes as the person. */
async function ask({ url, token }: Context, path: string, headers: Record<string, string> = {}) {
  // The token goes to the installation only, whatever address an answer names.
  const { pathname, search } = new URL(path, url);
  const request = new Request(`${url}${pathname}${search}`, { headers });
  const response = await send(withBearer(request, await token()));
  if (!response.body) throw new CliError('bad_answer', 'The server has answered with nothing');
  return { response, body: Readable.fromWeb(response.body) };
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Download a video's archive. What an earlier run has got of the same archive is not fetched again; the file has its
 * name only once its digest is right.
 * @throws CliError `no_archive`, `file_exists`, `damaged`
 */
export async function saveArchive(
  context: Context,
  video: Schemas['Video'],
  file: string,
  force: boolean,
): Promise<{ file: string; size: number; sha256: string }> {
  const { archive } = video;
  if (!archive) throw new CliError('no_archive', `The video is ${video.status}: there is no archive`);
  if (!force && (await exists(file))) {
    throw new CliError('file_exists', `${file} is there already (--force replaces it)`, exitCodes.wrongUse);
  }
  const { size, sha256 } = archive;
  // By its digest: the rest of another archive must not be put behind the beginning of this one.
  const part = `${file}.${sha256.slice(0, 16)}.part`;
  if ((await sizeSoFar(part)) < size) await fetchRest(context, `/video/${video.id}/download`, part, size);
  if ((await digest(part)) !== sha256) {
    await rm(part);
    throw new CliError('damaged', 'What has arrived is not the archive; please download it again');
  }
  await rename(part, file);
  return { file, size, sha256 };
}

async function fetchRest(context: Context, path: string, part: string, size: number): Promise<void> {
  const start = await sizeSoFar(part);
  const { response, body } = await ask(context, path, start > 0 ? { Range: `bytes=${start}-` } : {});
  const isRest = response.status === 206;
  const progress = showTransfer(context.output, 'archive', size);
  let done = isRest ? start : 0;
  progress.update(done);
  body.on('data', (chunk: Buffer) => progress.update((done += chunk.length)));
  try {
    await pipeline(body, createWriteStream(part, { flags: isRest ? 'a' : 'w' }));
  } catch (error) {
    throw new Unreachable('The connection broke off; the same command goes on from here', { cause: error });
  } finally {
    progress.stop();
  }
}

/** Download one picture; the file has its name only once it is whole. */
export async function saveFrame(context: Context, path: string, file: string): Promise<void> {
  const { body } = await ask(context, path);
  await pipeline(body, createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
}
