import { problemCode, ProblemError, type ProblemCode } from '../../../../lib/errors.ts';

/** What tus's server throws by itself. */
const codes: Record<number, ProblemCode> = {
  400: 'bad_request',
  403: 'bad_request',
  404: 'not_found',
  409: 'upload_offset_mismatch',
  410: 'expired',
  413: 'too_large',
  501: 'not_supported',
};

/**
 * What went wrong at tus's server, in our words.
 * @param error what it caught; it throws plain objects with an HTTP status, and passes on what its store throws
 */
export function tusProblem(error: unknown): unknown {
  if (problemCode(error)) return error;
  const { status_code: status, body } = error as { status_code?: number; body?: string };
  const code = codes[status ?? 500];
  if (code === 'upload_offset_mismatch') {
    return new ProblemError(code, { detail: 'Ask with HEAD where the upload continues' });
  }
  if (code) return new ProblemError(code, body === undefined ? {} : { detail: body.trim() });
  return new ProblemError('unavailable', { detail: 'The bytes could not be stored. Please try again' });
}
