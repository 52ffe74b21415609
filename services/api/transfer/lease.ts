import { randomUUID } from 'node:crypto';
import type { Hold } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { Call } from '../endpoint.ts';

/** Often enough to keep a lease through a short absence of `video`. */
const RENEWAL_MS = 7000;
const RETRY_SECONDS = 5;

interface Lease {
  id: string;
  holder: string;
}

/** Tell `video` from time to time that an upload is being worked on. */
export function keepLease(call: Call, lease: Lease): { stop(): void } {
  const timer = setInterval(() => void call('video.holdUpload', lease).catch(() => undefined), RENEWAL_MS);
  return { stop: () => clearInterval(timer) };
}

/**
 * Work on an upload as the only one who does, whichever gateway the others are at.
 * @param id of the upload
 * @throws ProblemError `upload_locked` when another request is at it, and whatever the work throws
 */
export async function withLease<T>(call: Call, id: string, work: () => Promise<T>): Promise<T> {
  const lease = { id, holder: randomUUID() };
  const { held } = await call<Hold>('video.holdUpload', lease);
  if (!held) throw new ProblemError('upload_locked', { retryAfterSeconds: RETRY_SECONDS });
  const keeping = keepLease(call, lease);
  try {
    return await work();
  } finally {
    keeping.stop();
    await call('video.letUpload', lease).catch(() => undefined);
  }
}
