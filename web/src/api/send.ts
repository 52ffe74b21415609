import { ApiProblem, createApi, send } from '../../../client/index.ts';
import { pauseBeforeRetry } from './retry.ts';

/**
 * Send a request; a server that is overloaded is asked again when it says so.
 * @returns a successful answer
 * @throws ApiProblem, Unreachable, or what the request's signal gives as its reason
 */
export async function sendPatiently(request: Request): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await send(request.clone());
    } catch (error) {
      const pause =
        error instanceof ApiProblem ? pauseBeforeRetry(error, request.method, tries, Math.random()) : null;
      if (pause === null) throw error;
      await waitFor(pause, request.signal);
    }
  }
}

/** @throws the signal's reason when it is aborted meanwhile */
function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Ask the server without a token. */
export const asAnyone = createApi('', sendPatiently);
