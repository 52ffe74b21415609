import type { components } from './schema.ts';

type ProblemJson = components['schemas']['Problem'];

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  /** What all problems of this code have in common; the message says more. */
  readonly title: string;
  readonly faults: NonNullable<ProblemJson['errors']>;
  readonly requestId: string | null;
  /** In seconds; undefined when asking again won't help. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<ProblemJson>, headers = new Headers()) {
    const title = problem.title ?? `The server has answered ${status}`;
    super(problem.detail ?? title);
    this.title = title;
    this.status = status;
    this.code = problem.code ?? (status >= 500 ? 'unavailable' : 'bad_request');
    this.faults = problem.errors ?? [];
    this.requestId = headers.get('x-request-id');
    this.retryAfter = retryAfterOf(headers);
  }
}

/** Nobody has answered. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Whether asking again may help. */
export const isPassing = (error: unknown): error is Error =>
  error instanceof Unreachable ||
  (error instanceof ApiProblem && (error.status === 429 || error.status >= 500));

/** After how many seconds a server wants to be asked again; undefined when it doesn't say. */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/**
 * The problem that an unsuccessful answer tells.
 * @param body of the answer; a proxy's may be no problem at all
 */
export function toProblem(status: number, body: string, headers = new Headers()): ApiProblem {
  try {
    return new ApiProblem(status, JSON.parse(body) as Partial<ProblemJson>, headers);
  } catch {
    return new ApiProblem(status, {}, headers);
  }
}

/** Gives successful answers only; what is wrong it throws. */
export type Sender = (request: Request) => Promise<Response>;

/**
 * Send a request once, and at once.
 * @throws ApiProblem, Unreachable; what the request's own signal gives as its reason
 */
export async function send(request: Request): Promise<Response> {
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw new Unreachable(`${new URL(request.url).origin} can’t be reached`, { cause: error });
  });
  if (response.ok) return response;
  throw toProblem(response.status, await response.text(), response.headers);
}

/**
 * The same request in somebody's name; the one that is given can be signed again.
 * @param token an access token or an API key
 */
export function withBearer(request: Request, token: string): Request {
  const signed = request.clone();
  signed.headers.set('Authorization', `Bearer ${token}`);
  return signed;
}
