import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

/** The typed client: one method for each HTTP method, typed by the API document. */
export type Api = Client<paths>;
export type Schemas = components['schemas'];

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly faults: { path: string; message: string }[];
  readonly requestId: string | null;
  /** In seconds; undefined when asking again won't help. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Schemas['Problem']>, headers: Headers) {
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
 * A client of an installation. Its promises reject with {@link ApiProblem} or {@link Unreachable}.
 * @param url where the gateway is
 * @param token the bearer of a request, an access token or an API key; null sends none
 */
export function createApi(url: string, token: () => Promise<string | null>): Api {
  const api = createClient<paths>({ baseUrl: url });
  const middleware: Middleware = {
    async onRequest({ request }) {
      const bearer = await token();
      if (bearer !== null) request.headers.set('Authorization', `Bearer ${bearer}`);
      return request;
    },
    async onResponse({ response }) {
      if (!response.ok) throw toProblem(response.status, await response.text(), response.headers);
    },
    onError: ({ error }) => new Unreachable(`${url} can’t be reached`, { cause: error }),
  };
  api.use(middleware);
  return api;
}
