import { problemCode, problems, type ProblemDetails } from '../lib/errors.ts';

/** @returns what went wrong, in one sentence or a line for each fault of the input, with its stable code */
export function sentenceOf(error: unknown): string {
  const code = problemCode(error);
  if (code) {
    const { detail, errors = [] } = (error as { data?: ProblemDetails }).data ?? {};
    if (errors.length === 0) return `${code}: ${detail ?? problems[code].title}`;
    return errors.map(({ path, message }) => `${code}: ${path ? `${path}: ` : ''}${message}`).join('\n');
  }
  if (isNotReachable(error)) {
    return `unavailable: No process answers for this. Is the system up, and are AMQP_URL and NAMESPACE those of it?`;
  }
  return `internal_error: ${error instanceof Error ? error.message : String(error)}`;
}

/** How Moleculer says that nobody has an action, or that nobody has answered. */
function isNotReachable(error: unknown): boolean {
  const unreachable = ['ServiceNotFoundError', 'ServiceNotAvailableError', 'RequestTimeoutError'];
  return error instanceof Error && unreachable.includes(error.name);
}
