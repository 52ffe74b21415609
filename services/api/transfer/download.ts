import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { create as contentDisposition } from 'content-disposition';
import parseRange from 'range-parser';
import type { ArchiveLocation } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { ByteRange, ObjectStore } from '../../../lib/storage/object-store.ts';
import type { ApiRequest } from '../endpoint.ts';
import { matchesEtag } from './etag.ts';

type Exchange = Pick<ApiRequest, 'req' | 'res'>;
type Archive = Pick<ArchiveLocation, 'key' | 'size' | 'sha256' | 'filename' | 'finishedAt'>;

const ZIP = 'application/zip';
/** How long a client has to begin, or resume, a download by itself. */
const LINK_SECONDS = 15 * 60;

/**
 * Answer with an archive: whole, or the part that a single Range asks for (RFC 9110, section 14). The ETag is its
 * SHA-256, so a download that resumes after the archive changed starts anew. Where clients reach the store, they are
 * sent there, and the Range is its business.
 * @throws ProblemError `range_not_satisfiable`, `not_found` when the object is gone
 */
export async function sendArchive(
  { req, res }: Exchange,
  archive: Archive,
  store: ObjectStore,
): Promise<void> {
  const etag = `"${archive.sha256}"`;
  const unchanged = matchesEtag(req.headers['if-none-match'], etag);
  const link = unchanged ? null : await linkFor(req, archive, store);
  if (link !== null) {
    // The link dies soon, so nobody may keep it.
    res.writeHead(302, { Location: link, 'Cache-Control': 'no-store' }).end();
    return;
  }
  res.setHeader('ETag', etag);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('Last-Modified', new Date(archive.finishedAt).toUTCString());
  if (unchanged) res.writeHead(304).end();
  else await sendContent({ req, res }, archive, store, etag);
}

async function sendContent(
  { req, res }: Exchange,
  archive: Archive,
  store: ObjectStore,
  etag: string,
): Promise<void> {
  const fresh = ifRangeHolds(req.headers['if-range'], etag, archive.finishedAt);
  const range = fresh ? readRange(req.headers.range, archive.size) : undefined;
  if (range === 'unsatisfiable') {
    res.setHeader('Content-Range', `bytes */${archive.size}`);
    throw new ProblemError('range_not_satisfiable');
  }
  const source = req.method === 'HEAD' ? null : await store.get(archive.key, range);
  if (range) res.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${archive.size}`);
  res.setHeader('Content-Type', ZIP);
  res.setHeader('Content-Length', range ? range.end - range.start + 1 : archive.size);
  res.setHeader('Content-Disposition', contentDisposition(archiveName(archive.filename)));
  res.statusCode = range ? 206 : 200;
  if (source === null) res.end();
  // A client that goes away ends the pipeline, which closes the source; there is nobody left to tell.
  else await pipeline(source, res).catch(() => undefined);
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

/** Without If-Range a Range counts always; with one, only while the archive is still the one it names. */
function ifRangeHolds(ifRange: string | string[] | undefined, etag: string, finishedAt: string): boolean {
  if (typeof ifRange !== 'string') return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  return Date.parse(ifRange) === Math.floor(Date.parse(finishedAt) / 1000) * 1000;
}

/** Several ranges, other units and nonsense are answered with the whole, as the RFC allows. */
function readRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (header === undefined) return undefined;
  const ranges = parseRange(size, header);
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}
