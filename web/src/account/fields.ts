import { ApiProblem } from '../../../client/index.ts';
import { faultAt } from '../api/problem.ts';

/**
 * For `catch`: says a wrong password or code at the field it was typed into.
 * @param paths the field, by the code of the problem that is about it
 * @param fault names the text of the fault
 */
export function atField(paths: Record<string, string>, fault = 'wrong'): (error: unknown) => never {
  return (error) => {
    const path = error instanceof ApiProblem ? paths[error.code] : undefined;
    if (!(error instanceof ApiProblem) || path === undefined) throw error;
    throw faultAt({ path, code: fault, message: error.message });
  };
}

/** For forms that ask for the password, and for the code of the second step. */
export const atProof = atField({ invalid_credentials: 'password', invalid_code: 'code' });
