import { Problem, readProblem } from './problem.ts';
import { pauseBeforeRetry } from './retry.ts';

/**
 * Ask the server without a token; a server that is overloaded is asked again when it says so.
 * @returns a successful answer
 * @throws Problem what the server said; `offline` when there was no answer
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await sendOnce(path, init);
    } catch (error) {
      const pause =
        error instanceof Problem ? pauseBeforeRetry(error, init.method ?? 'GET', tries, Math.random()) : null;
      if (pause === null) throw error;
      await waitFor(pause, init.signal);
    }
  }
}

/** @throws the signal's reason when it is aborted meanwhile */
function waitFor(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

async function sendOnce(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Problem({ code: 'offline' });
  });
  if (response.ok) return response;
  throw readProblem(response.status, await response.text(), response.headers.get('Retry-After'));
}

/** Send JSON without a token. */
export async function sendJson<Answer>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await send(path, jsonInit('POST', body, headers));
  return (await readJson(response)) as Answer;
}

export const jsonInit = (
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** What an answer holds; undefined when it holds nothing. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
