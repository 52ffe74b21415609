import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { ProblemError } from '../../../lib/errors.ts';

/** The one file of an upload's body, still arriving. */
export interface IncomingFile {
  stream: Readable;
  filename: string | undefined;
  contentType: string;
}

/** Takes the file while it arrives; resolves when it has it all. */
export type FileTaker = (file: IncomingFile) => Promise<void>;

const RAW_TYPES = /^(video\/[\w.+-]+|application\/octet-stream)$/;

/**
 * Read an upload's body: the file goes to `take`, and the other fields (multipart only) are returned when all has
 * arrived.
 * @param halt aborts the reading of a form, wherever it stands; its reason is thrown. `take` watches over the file itself
 * @param maxFormBytes of a form with all that is around the file: what is in none of its parts has no other bound
 * @returns the fields by name
 * @throws ProblemError `too_large`, `unsupported_media` for other content types, `bad_request` for a broken or aborted body,
 * `validation_failed` when there isn't exactly one file called `video`, and whatever `take` throws
 */
export async function readBody(
  req: IncomingMessage,
  take: FileTaker,
  halt: AbortSignal,
  maxFormBytes: number,
): Promise<Map<string, string>> {
  const [contentType = ''] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  if (contentType.trim() === 'multipart/form-data') return readMultipart(req, take, halt, maxFormBytes);
  if (RAW_TYPES.test(contentType.trim())) {
    await take({ stream: req, filename: undefined, contentType: contentType.trim() });
    return new Map();
  }
  const detail =
    'Send the video as multipart/form-data, or as it is with Content-Type: video/… or application/octet-stream';
  throw new ProblemError('unsupported_media', { detail });
}

async function readMultipart(
  req: IncomingMessage,
  take: FileTaker,
  halt: AbortSignal,
  maxBytes: number,
): Promise<Map<string, string>> {
  const parser = createParser(req);
  const fields = new Map<string, string>();
  const taken: Promise<void>[] = [];
  const whole = new Promise<void>((resolve, reject) => {
    const refuse = (error: unknown) => {
      req.unpipe(parser);
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    parser.on('field', (name, value) => fields.set(name, value));
    parser.on('file', (name, stream, { filename, mimeType }) => {
      stream.on('error', () => undefined);
      if (name !== 'video' || taken.length > 0) {
        stream.resume();
        refuse(onlyOneVideo());
        return;
      }
      const file = take({ stream, filename: filename, contentType: mimeType });
      taken.push(file);
      file.catch(refuse);
    });
    parser.on('fieldsLimit', () => refuse(badBody('There are too many fields')));
    parser.on('partsLimit', () => refuse(badBody('There are too many parts')));
    parser.on('error', (error) => refuse(badBody(error instanceof Error ? error.message : 'It is broken')));
    parser.on('close', resolve);
    halt.addEventListener('abort', () => refuse(halt.reason));
    let arrived = 0;
    req.on('data', (chunk: Buffer) => {
      arrived += chunk.length;
      if (arrived <= maxBytes) return;
      refuse(new ProblemError('too_large', { detail: 'The form goes on behind all that a video may have' }));
      // A file that is still arriving ends with it.
      parser.destroy();
    });
    req.on('error', refuse);
    req.on('close', () => {
      if (!req.complete) parser.destroy(badBody('The connection ended early'));
    });
    req.pipe(parser);
  });
  try {
    await whole;
  } finally {
    await Promise.allSettled(taken);
  }
  await Promise.all(taken);
  if (taken.length === 0) throw onlyOneVideo();
  return fields;
}

function createParser(req: IncomingMessage) {
  try {
    const limits = { fields: 10, fieldSize: 1024 * 1024, parts: 20, headerPairs: 50 };
    return busboy({ headers: req.headers, limits, defParamCharset: 'utf8' });
  } catch (error) {
    throw badBody(error instanceof Error ? error.message : 'It is broken');
  }
}

const badBody = (why: string) =>
  new ProblemError('bad_request', { detail: `The body can't be read: ${why}` });

const onlyOneVideo = () =>
  new ProblemError('validation_failed', {
    errors: [{ path: 'video', message: 'Send exactly one file, in the field “video”' }],
  });
