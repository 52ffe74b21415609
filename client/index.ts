import createClient, { type Client, type ClientPathsWithMethod, type MethodResponse } from 'openapi-fetch';
import { sendPatiently } from './repeat.ts';
import type { components, paths } from './schema.ts';
import { ApiProblem, type Sender } from './send.ts';

export { askedPause, sendPatiently } from './repeat.ts';
export type { paths as Paths } from './schema.ts';
export { ApiProblem, isPassing, send, toProblem, Unreachable, withBearer, type Sender } from './send.ts';

/** The typed client: one method for each HTTP method, typed by the API document. */
export type Api = Client<paths>;
export type Schemas = components['schemas'];

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

/**
 * A client of an installation. Its promises reject with what its sender throws: {@link ApiProblem}, `Unreachable`.
 * @param url where the gateway is
 */
export const createApi = (url: string, sender: Sender = sendPatiently): Api =>
  createClient<paths>({ baseUrl: url, fetch: (request) => sender(request) });

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
