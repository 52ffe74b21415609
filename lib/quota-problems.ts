import { ProblemError } from './errors.ts';

/** Limits that both the gateway, while bytes arrive, and `video`, before and after, hold people to. All in bytes. */

/** @param used how large the file is, as far as is known */
export function fileTooLarge(used: number, limit: number): ProblemError {
  const detail = `A video may have at most ${limit} bytes`;
  // A length with hundreds of digits is infinite as a number, which JSON can't say.
  const quota = {
    name: 'fileBytes',
    used: Math.min(used, Number.MAX_SAFE_INTEGER),
    limit,
    resetsAt: null,
  } as const;
  return new ProblemError('too_large', { detail, quota });
}

/** What is answered when a person’s storage is full, or would be. */
export function noRoom({ used, limit }: { used: number; limit: number }): ProblemError {
  const detail = `You have stored ${used} of ${limit} bytes. Delete videos to make room`;
  const quota = { name: 'storedBytes', used, limit, resetsAt: null } as const;
  return new ProblemError('quota_exceeded', { detail, quota });
}
