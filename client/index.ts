import createClient, { type Client, type ClientPathsWithMethod, type MethodResponse } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

/** The typed client: one method for each HTTP method, typed by the API document. */
export type Api = Client<paths>;
export type Schemas = components['schemas'];
export type { paths as Paths } from './schema.ts';

/** What a request answers, where that has no name of its own: `Answer<'post', '/me/export'>`. */
export type Answer<
  Method extends 'get' | 'post',
  Path extends ClientPathsWithMethod<Api, Method>,
> = MethodResponse<Api, Method, Path>;

/** What a request sends as JSON: `Body<'post', '/login'>`. */
export type Body<
  Method extends 'post' | 'put' | 'patch',
  Path extends ClientPathsWithMethod<Api, Method>,
> = paths[Path][Method] extends { requestBody?: { content: { 'application/json': infer Content } } }
  ? Content
  : never;

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly faults: NonNullable<Schemas['Problem']['errors']>;
  readonly requestId: string | null;
  /** In seconds; undefined when asking again won't help. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Schemas['Problem']>, headers = new Headers()) {
    super(problem.detail ?? problem.title ?? `The server has answered ${status}`);
    this.status = status;
    this.code = problem.code ?? (status >= 500 ? 'unavailable' : 'bad_request');
    this.faults = problem.errors ?? [];
    this.requestId = headers.get('x-request-id');
    this.retryAfter = Number(headers.get('retry-after')) || undefined;
  }
}

/** Nobody has answered. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * The problem that an unsuccessful answer tells.
 * @param body of the answer; a proxy's may be no problem at all
 */
export function toProblem(status: number, body: string, headers = new Headers()): ApiProblem {
  try {
    return new ApiProblem(status, JSON.parse(body) as Partial<Schemas['Problem']>, headers);
  } catch {
    return new ApiProblem(status, {}, headers);
  }
}

/**
 * Send a request.
 * @returns a successful answer
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
 * The same request in somebody's name.
 * @param token an access token or an API key
 */
export function withBearer(request: Request, token: string): Request {
  const signed = request.clone();
  signed.headers.set('Authorization', `Bearer ${token}`);
  return signed;
}

/**
 * A client of an installation.
 * @param url where the gateway is
 * @param sender gives successful answers only, as {@link send} does; what it throws comes out of each request
 */
export const createApi = (url: string, sender = send): Api =>
  createClient<paths>({ baseUrl: url, fetch: sender });

/**
 * The data of a successful answer.
 * @throws ApiProblem `bad_answer` where the API document promises more than has come
 */
export async function dataOf<Data>(
  asking: Promise<{ data?: Data; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, response } = await asking;
  if (data !== undefined && data !== null) return data;
  const detail = 'The server has answered with nothing';
  throw new ApiProblem(response.status, { code: 'bad_answer', detail }, response.headers);
}
