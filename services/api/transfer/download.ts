import type { IncomingMessage, ServerResponse } from 'node:http';
import { create as contentDisposition } from 'content-disposition';
import type { ArchiveLocation } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { ByteRange, ObjectStore } from '../../../lib/storage/object-store.ts';
import type { ApiRequest } from '../endpoint.ts';
import { judgeConditions, wantedRange, type Validators } from './conditions.ts';
import { sendStream } from './send-stream.ts';

type Exchange = Pick<ApiRequest, 'req' | 'res'>;
type Archive = Pick<ArchiveLocation, 'key' | 'size' | 'sha256' | 'filename' | 'finishedAt'>;

const ZIP = 'application/zip';
/** How long a client has to begin, or resume, a download by itself. */
const LINK_SECONDS = 15 * 60;

/**
 * Answer with an archive: whole, or the part that a single Range asks for (RFC 9110, section 14). The ETag is its
 * SHA-256, so a download that resumes after the archive changed starts anew. Where clients reach the store, they are
 * sent there, and the Range is its business.
 * @param cacheControl what caches may do with the bytes
 * @throws ProblemError `range_not_satisfiable`, `precondition_failed`, `not_found` when the object is gone
 */
export async function sendArchive(
  { req, res }: Exchange,
  archive: Archive,
  store: ObjectStore,
  { cacheControl = 'private, no-cache' } = {},
): Promise<void> {
  const validators = { etag: `"${archive.sha256}"`, lastModified: new Date(archive.finishedAt) };
  const verdict = judgeConditions(req.headers, validators);
  if (verdict === 'failed') throw new ProblemError('precondition_failed');
  const link = verdict === 'send' ? await linkFor(req, archive, store) : null;
  if (link !== null) {
    // The link dies soon, so nobody may keep it.
    res.writeHead(302, { Location: link, 'Cache-Control': 'no-store' }).end();
    return;
  }
  res.setHeader('ETag', validators.etag);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Cache-Control', cacheControl);
  res.setHeader('Last-Modified', validators.lastModified.toUTCString());
  if (verdict === 'unchanged') res.writeHead(304).end();
  else await sendContent({ req, res }, archive, store, validators);
}

async function sendContent(
  { req, res }: Exchange,
  archive: Archive,
  store: ObjectStore,
  validators: Validators,
): Promise<void> {
  // Parts are defined for GET alone; a HEAD is told of the whole.
  const range = req.method === 'HEAD' ? undefined : wantedRange(req.headers, validators, archive.size);
  if (range === 'unsatisfiable') {
    res.setHeader('Content-Range', `bytes */${archive.size}`);
    throw new ProblemError('range_not_satisfiable');
  }
  if (req.method === 'HEAD') {
    describe(res, archive, range);
    res.end();
  } else {
    const source = await store.get(archive.key, range);
    await sendStream(res, source, () => describe(res, archive, range));
  }
}

function describe(res: ServerResponse, archive: Archive, range: ByteRange | undefined): void {
  if (range) res.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${archive.size}`);
  res.setHeader('Content-Type', ZIP);
  res.setHeader('Content-Length', range ? range.end - range.start + 1 : archive.size);
  res.setHeader('Content-Disposition', contentDisposition(archiveName(archive.filename)));
  // Of the whole archive, also beside a part: whoever has put the parts together can check them (RFC 9530, and 3230
  // before it).
  const digest = Buffer.from(archive.sha256, 'hex').toString('base64');
  res.setHeader('Repr-Digest', `sha-256=:${digest}:`);
  res.setHeader('Digest', `SHA-256=${digest}`);
  res.statusCode = range ? 206 : 200;
}

/** A page's script can read its own origin only; browsers say that a script asks (W3C Fetch Metadata). */
async function linkFor(
  req: IncomingMessage,
  { key, filename }: Archive,
  store: ObjectStore,
): Promise<string | null> {
  if (req.method === 'HEAD' || req.headers['sec-fetch-dest'] === 'empty') return null;
  return store.signedUrl(key, {
    expiresSeconds: LINK_SECONDS,
    filename: archiveName(filename),
    contentType: ZIP,
  });
}

/** `holiday.mp4` becomes `holiday.zip`. */
function archiveName(filename: string): string {
  return `${filename.replace(/\.[^.]{1,10}$/, '') || 'frames'}.zip`;
}
