import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing, Unreachable, type Schemas } from '../client/index.ts';
import type { Context } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { showTransfer } from './progress.ts';

/** Before each new connection, after one that has brought nothing; then it is given up. */
const PAUSES_MS = [500, 1500, 3000, 6000, 10_000];

const sizeSoFar = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;
const exists = async (file: string) => (await stat(file).catch(() => null)) !== null;

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
  const progress = showTransfer(context.output, { event: 'download', file }, size);
  try {
    await fetchRest(context, `/video/${video.id}/download`, {
      part,
      size,
      onBytes: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
  }
  if ((await digest(part)) !== sha256) {
    await rm(part);
    throw new CliError('damaged', 'What has arrived is not the archive; please download it again');
  }
  await rename(part, file);
  return { file, size, sha256 };
}

/** Download one picture; the file has its name only once it is whole. */
export async function saveFrame(
  context: Context,
  { url, size }: Pick<Schemas['Frame'], 'url' | 'size'>,
  file: string,
): Promise<void> {
  const part = `${file}.part`;
  // The beginning of one picture may be that of another.
  await rm(part, { force: true });
  await fetchRest(context, url, { part, size, onBytes: () => undefined });
  await rename(part, file);
}

interface Target {
  part: string;
  size: number;
  /** @param done bytes that are there */
  onBytes: (done: number) => void;
}

/** Fetch what a file lacks; a connection that breaks off is made again, for as long as each brings something. */
async function fetchRest(context: Context, path: string, target: Target): Promise<void> {
  for (let vain = 0, there = await sizeSoFar(target.part); there < target.size;) {
    try {
      await fetchOnce(context, path, target, there);
      return;
    } catch (error) {
      const now = await sizeSoFar(target.part);
      vain = now > there ? 0 : vain + 1;
      there = now;
      const pauseMs = PAUSES_MS[vain];
      if (!isPassing(error) || pauseMs === undefined) throw error;
      context.output.note(`The connection broke off; going on in ${pauseMs / 1000} s`);
      await sleep(pauseMs);
    }
  }
}

async function fetchOnce({ url, ask }: Context, path: string, target: Target, start: number): Promise<void> {
  // The token goes to the installation only, whatever address an answer names.
  const { pathname, search } = new URL(path, url);
  const headers: Record<string, string> = start > 0 ? { Range: `bytes=${start}-` } : {};
  const response = await ask(new Request(`${url}${pathname}${search}`, { headers }));
  if (!response.body) throw new CliError('bad_answer', 'The server has answered with nothing');
  const isRest = response.status === 206;
  let done = isRest ? start : 0;
  target.onBytes(done);
  const file = await open(target.part, isRest ? 'a' : 'w');
  try {
    // Written piece by piece: whatever has arrived stays when the connection breaks.
    for await (const piece of received(response.body)) {
      await file.appendFile(piece);
      target.onBytes((done += piece.length));
    }
  } finally {
    await file.close();
  }
}

async function* received(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new Unreachable('The connection broke off; the same command goes on from here', { cause: error });
  }
}
