import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainPageHeaders } from './plain-page.ts';
import { isForPerson, problemPage } from './problem-page.ts';
import { note } from './request-notes.ts';
import { isJson } from './server.ts';
import { problemCode, problems, type ProblemCode, type ProblemDetails } from '../../lib/errors.ts';
import { metrics } from '../../lib/metrics.ts';

/** How errors of libraries (moleculer, moleculer-web, body-parser) are told, by their `type` or `name`. */
const foreign: Record<string, ProblemCode> = {
  'entity.parse.failed': 'bad_request',
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media',
  'charset.unsupported': 'unsupported_media',
  'request.aborted': 'bad_request',
  'request.size.invalid': 'bad_request',
  NotFoundError: 'not_found',
  BadRequestError: 'bad_request',
  InvalidRequestBodyError: 'bad_request',
  URIError: 'bad_request',
  ServiceNotFoundError: 'unavailable',
  ServiceNotAvailableError: 'unavailable',
  BrokerDisconnectedError: 'unavailable',
  RequestTimeoutError: 'unavailable',
  RequestSkippedError: 'unavailable',
  RequestRejectedError: 'unavailable',
  QueueIsFullError: 'overloaded',
};

/** The problem that an error is to the caller; whatever is unknown is our own fault. */
export function codeOf(error: unknown): ProblemCode {
  const known = problemCode(error);
  if (known) return known;
  const { type, name } = error as { type?: unknown; name?: unknown };
  for (const key of [type, name]) {
    if (typeof key === 'string' && Object.hasOwn(foreign, key)) return foreign[key] ?? 'internal_error';
  }
  return 'internal_error';
}

/** Headers that described the answer which is not sent now. */
const representationHeaders = [
  'Content-Length',
  'Content-Disposition',
  'Content-Encoding',
  'ETag',
  'Last-Modified',
  'Repr-Digest',
  'Digest',
];

/**
 * Answer with problem details (RFC 9457), or with a page for a person who has opened a link. Only what we wrote ourselves
 * is told; the message of an unknown error stays in the log.
 */
export function sendProblem(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  const code = codeOf(error);
  const { status } = problems[code];
  const details = detailsOf(error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  metrics.problems.inc({ code });
  note(req, { code });
  for (const name of representationHeaders) res.removeHeader(name);
  res.statusCode = status;
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  const retryAfter = details.retryAfterSeconds ?? (status === 503 ? soon() : undefined);
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
  if (!req.complete && isWorthClosing(req.headers)) closeAfterwards(req, res);
  for (const [name, value] of Object.entries(isForPerson(req) ? plainPageHeaders : problemHeaders))
    res.setHeader(name, value);
  res.end(isForPerson(req) ? problemPage(req, code) : problemJson(res, code, details));
}

const problemHeaders = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' };

function problemJson(
  res: ServerResponse,
  code: ProblemCode,
  { detail, errors, quota }: ProblemDetails,
): string {
  const { status, title } = problems[code];
  const requestId = res.getHeader('X-Request-Id');
  return JSON.stringify({ type: 'about:blank', title, status, code, detail, errors, quota, requestId });
}

/** In seconds; not the same for everybody, or all would come back at once. */
const soon = () => 1 + Math.floor(Math.random() * 3);

/** Node reads the rest of a small body by itself, and one of JSON has to arrive in time; the connection can go on. */
const SMALL_BYTES = 64 * 1024;

function isWorthClosing(headers: IncomingMessage['headers']): boolean {
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return true;
  const length = Number(headers['content-length'] ?? 0);
  return length > SMALL_BYTES || (length > 0 && !isJson(headers['content-type']));
}

function detailsOf(error: unknown): ProblemDetails {
  const data = problemCode(error) ? (error as { data?: ProblemDetails | null }).data : undefined;
  return data ?? {};
}

/** How much of a refused body is still read, and for how long, so that the client gets to read the answer. */
const LINGER = { bytes: 1024 * 1024, ms: 2000 };

/**
 * For an answer that comes before the body was read to its end. Closing at once would reset the connection and could destroy the answer on its
 * way, so a little is still read, then the connection ends.
 */
export function closeAfterwards(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('Connection', 'close');
  const { socket } = req;
  let left = LINGER.bytes;
  req.unpipe();
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  req.on('error', () => undefined);
  req.resume();
  res.once('finish', () => {
    const timer = setTimeout(() => socket.destroy(), LINGER.ms);
    socket.once('close', () => clearTimeout(timer));
  });
}
