import createClient, { type Client } from 'openapi-fetch';
import { retryAfterOf, sendRepeatedly, type OnWait } from './repeat.ts';
import type { components, paths } from './schema.ts';

/** The typed client: one method for each HTTP method, typed by the API document. */
export type Api = Client<paths>;
export type Schemas = components['schemas'];

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  /** What all problems of this code have in common; the message says more. */
  readonly title: string;
  readonly faults: { path: string; message: string }[];
  readonly requestId: string | null;
  /** In seconds; undefined when asking again won't help. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Schemas['Problem']>, headers: Headers) {
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

/** The bearer of a request, an access token or an API key; null sends none. */
type Token = () => Promise<string | null>;

/** As `fetch`, of one installation, as a person. Rejects with {@link ApiProblem} or {@link Unreachable}. */
export type Ask = (request: Request) => Promise<Response>;

/**
 * @param url where the gateway is
 * @param onWait hears of each pause that a busy server has asked for, before the request is sent again
 */
export function createAsk(url: string, token: Token, onWait: OnWait = () => undefined): Ask {
  const send = async (request: Request) => {
    const bearer = await token();
    if (bearer !== null) request.headers.set('Authorization', `Bearer ${bearer}`);
    return fetch(request).catch((error: unknown) => {
      throw new Unreachable(`${url} can’t be reached`, { cause: error });
    });
  };
  return async (request) => {
    const response = await sendRepeatedly(send, request, onWait);
    if (!response.ok) throw toProblem(response.status, await response.text(), response.headers);
    return response;
  };
}

/** The typed client of an installation; its parameters and rejections are those of {@link createAsk}. */
export const createApi = (url: string, token: Token, onWait?: OnWait): Api =>
  createClient<paths>({ baseUrl: url, fetch: createAsk(url, token, onWait) });
