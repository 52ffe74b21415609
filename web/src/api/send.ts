import { Problem, readProblem } from './problem.ts';

/**
 * Ask the server without a token.
 * @returns a successful answer
 * @throws Problem what the server said; `offline` when there was no answer
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
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
