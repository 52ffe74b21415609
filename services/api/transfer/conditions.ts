import type { IncomingHttpHeaders } from 'node:http';
import type { ByteRange } from '../../../lib/storage/object-store.ts';
import { matchesEtag } from './etag.ts';

/** By what a client can tell one state of some content from another. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** HTTP knows whole seconds. */
  lastModified: Date;
}

/**
 * What a request's conditions ask for, in the order of RFC 9110, 13.2.2.
 * @param headers of a GET or HEAD
 * @returns `failed` (412), `unchanged` (304), or `send`
 */
export function judgeConditions(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): 'failed' | 'unchanged' | 'send' {
  const modified = toSeconds(lastModified.getTime());
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, etag, 'strongly')) return 'failed';
  } else if (modified > dateIn(headers['if-unmodified-since'])) return 'failed';
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, etag) ? 'unchanged' : 'send';
  return modified <= dateIn(headers['if-modified-since']) ? 'unchanged' : 'send';
}

/**
 * The part of some content that a GET wants (RFC 9110, section 14). Several ranges, other units and nonsense are
 * answered with the whole, as the RFC allows; so is a part of content that has changed since (If-Range).
 * @param size of the content in bytes
 * @returns undefined for the whole
 */
export function wantedRange(
  headers: IncomingHttpHeaders,
  validators: Validators,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  if (!ifRangeHolds(headers['if-range'], validators)) return undefined;
  const [, from, to = '', suffix] = /^bytes=\s*(?:(\d+)-(\d*)|-(\d+))\s*$/i.exec(headers.range ?? '') ?? [];
  if (suffix !== undefined) return within(Math.max(size - Number(suffix), 0), size - 1, size);
  if (from === undefined || (to !== '' && Number(to) < Number(from))) return undefined;
  return within(Number(from), to === '' ? size - 1 : Number(to), size);
}

function within(start: number, end: number, size: number): ByteRange | 'unsatisfiable' {
  return start < size ? { start, end: Math.min(end, size - 1) } : 'unsatisfiable';
}

/** Without If-Range a Range counts always; with one, only while the content is still the one it names. */
function ifRangeHolds(ifRange: string | string[] | undefined, { etag, lastModified }: Validators): boolean {
  if (typeof ifRange !== 'string') return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  return dateIn(ifRange) === toSeconds(lastModified.getTime());
}

/** A date that can't be read gives NaN, and no comparison with that holds. */
const dateIn = (header: string | undefined) => toSeconds(Date.parse(header ?? ''));
const toSeconds = (ms: number) => Math.floor(ms / 1000);
