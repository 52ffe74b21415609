import { Problem } from '../api/problem.ts';

/**
 * For `catch`: says a wrong password or code at the field it was typed into.
 * @param paths the field, by the code of the problem that is about it
 * @param fault names the text of the fault
 */
export function atField(paths: Record<string, string>, fault = 'wrong'): (error: unknown) => never {
  return (error) => {
    const path = error instanceof Problem ? paths[error.code] : undefined;
    if (!(error instanceof Problem) || path === undefined) throw error;
    const errors = [{ path, code: fault, message: error.message }];
    throw new Problem({ code: 'validation_failed', errors }, error.status, error.retryAfterSeconds);
  };
}

/** For forms that ask for the password, and for the code of the second step. */
export const atProof = atField({ invalid_credentials: 'password', invalid_code: 'code' });
