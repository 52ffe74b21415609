import { ApiProblem, createApi, send, sendPatiently, withBearer } from '../../../client/index.ts';
import { presentToken, withToken } from './session.ts';

/** Ask the server as the person. An access token that has ended is renewed, and the request sent once more. */
export const asPerson = createApi('', (request) =>
  withToken((token) => sendPatiently(withBearer(request, token))),
);

/**
 * Options of a request that is sent as the page goes away: at once, with the token that is there, and it arrives
 * although nobody waits for the answer.
 */
export const atLast = {
  keepalive: true,
  // Nothing may be awaited before it is sent.
  fetch: async (request: Request): Promise<Response> => {
    const token = presentToken();
    if (token === null) throw new ApiProblem(401, { code: 'unauthorized' });
    return send(withBearer(request, token));
  },
};

type Given<Parameters> = { [Name in keyof Parameters]?: Exclude<Parameters[Name], null | undefined | ''> };

/** Those parameters that are set. */
export const given = <Parameters extends object>(parameters: Parameters): Given<Parameters> =>
  Object.fromEntries(
    Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  ) as Given<Parameters>;
