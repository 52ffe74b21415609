import { problemCode } from '../../lib/errors.ts';
import { metrics } from '../../lib/metrics.ts';

/**
 * Count how a login ends: `ok`, or the code of its problem.
 * @returns what the login gives
 */
export async function countedLogin<T>(login: Promise<T>): Promise<T> {
  try {
    const session = await login;
    metrics.logins.inc({ outcome: 'ok' });
    return session;
  } catch (error) {
    metrics.logins.inc({ outcome: problemCode(error) ?? 'internal_error' });
    throw error;
  }
}
