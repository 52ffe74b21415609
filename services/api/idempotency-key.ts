import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../../lib/errors.ts';

/**
 * The key by which a client marks the repetition of a request whose answer it may have lost.
 * @throws ProblemError `validation_failed`
 */
export function readIdempotencyKey(req: IncomingMessage): string | undefined {
  const key = req.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = 'Use 1 to 255 visible ASCII characters';
  throw new ProblemError('validation_failed', { errors: [{ path: 'Idempotency-Key', message }] });
}
