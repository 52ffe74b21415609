import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { Server } from '@tus/server';
import { problemCode, ProblemError } from '../../../../lib/errors.ts';
import type { ResumableUploads } from '../../../../lib/storage/object-store.ts';
import type { PersonalRequest } from '../../endpoint.ts';
import { closeAfterwards } from '../../problem.ts';
import { takeBody, type ArrivingBody } from './arriving-body.ts';
import { readChecksum } from './checksum.ts';
import { RequestStore } from './request-store.ts';
import type { RunningHashes } from './running-hashes.ts';
import { tusProblem } from './tus-problem.ts';
import { createUploadLocker } from './upload-lock.ts';

/** A writer that another one waits for may still take what is on its way. */
const DRAIN_MS = 500;

export interface ExchangeDependencies {
  uploads: ResumableUploads;
  hashes: RunningHashes;
  idleSeconds: number;
}

/** One request of the protocol to one upload. */
export interface Exchange {
  request: PersonalRequest;
  method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE';
  uploadId: string;
  key: string;
  /** Give the upload up. */
  abandon: () => Promise<void>;
}

/**
 * Let tus's server answer a request. It has a server object of its own, which knows who asks and what for.
 * @returns the status and the headers of its answer
 * @throws ProblemError whatever it refuses, in our words
 */
export async function speakTus(
  { uploads, hashes, idleSeconds }: ExchangeDependencies,
  exchange: Exchange,
): Promise<Response> {
  const { request, uploadId, key, method, abandon } = exchange;
  const { req, res, call } = request;
  const checksum = readChecksum(req.headers['upload-checksum']);
  const takesBody = method === 'POST' || method === 'PATCH';
  const body = takesBody ? takeBody(req, idleSeconds * 1000) : undefined;
  const gone = new AbortController();
  const leave = () => gone.abort();
  res.once('close', leave);
  const caught: unknown[] = [];
  const server = new Server({
    path: '/uploads',
    datastore: new RequestStore({ uploads, hashes, checksum, abandon, scratch: tmpdir() }),
    locker: createUploadLocker({ call, uploadId, gone: gone.signal, onLost: (error) => body?.fail(error) }),
    lockDrainTimeout: DRAIN_MS,
    namingFunction: () => key,
    getFileIdFromRequest: () => key,
    generateUrl: () => `/uploads/${uploadId}`,
    onResponseError: (_request, error) => {
      caught.push(error);
      return undefined;
    },
  });
  try {
    const response = await server.handleWeb(toWeb(exchange, body));
    if (response.status >= 400) throw reasonOf(exchange, body, caught[0] ?? { status_code: response.status });
    return response;
  } finally {
    res.off('close', leave);
    body?.release();
    if (takesBody && !req.complete) closeAfterwards(req, res);
  }
}

function reasonOf({ request, method }: Exchange, body: ArrivingBody | undefined, error: unknown): unknown {
  const reason = body?.failure() ?? tusProblem(error);
  const code = problemCode(reason);
  // Bytes that did not all come cannot add up.
  if (code === 'checksum_mismatch' && !request.req.complete) return new ProblemError('upload_timeout');
  // Clients that ask where to go on take any other status for the end of the upload, and begin a new one.
  if (code === 'quota_exceeded' && method === 'HEAD') {
    return new ProblemError('upload_locked', { detail: 'You have too many uploads on their way' });
  }
  return reason;
}

const passedOn = ['upload-length', 'upload-metadata', 'upload-offset', 'content-type', 'content-length'];

function toWeb({ request: { req }, method, uploadId }: Exchange, body: ArrivingBody | undefined): Request {
  const headers = new Headers({ 'Tus-Resumable': '1.0.0' });
  for (const name of passedOn) {
    const value = req.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const init: RequestInit = { method, headers };
  if (body) Object.assign(init, { body: Readable.toWeb(body.stream), duplex: 'half' });
  return new Request(`http://gateway/uploads/${method === 'POST' ? '' : uploadId}`, init);
}
