import { jsonInit, readJson, send } from './send.ts';
import { presentToken, withToken } from './session.ts';

/** A part of a list, and how to ask for the next one. */
export interface ListPage<Item> {
  items: Item[];
  nextCursor: string | null;
}

/**
 * Ask the server as the person. An access token that has ended is renewed, and the request sent once more.
 * @returns a successful answer
 * @throws Problem
 */
export function request(path: string, init: RequestInit = {}): Promise<Response> {
  return withToken((token) => send(path, withBearer(init, token)));
}

function withBearer(init: RequestInit, token: string): RequestInit {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  return { ...init, headers };
}

/** Ask for JSON as the person. */
export async function getJson<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await request(path, signal ? { signal } : {});
  return (await readJson(response)) as Answer;
}

/** Send JSON as the person; the answer is undefined when the server has nothing to say. */
export async function callJson<Answer = undefined>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await request(path, body === undefined ? { method } : jsonInit(method, body));
  return (await readJson(response)) as Answer;
}

/** Send something as the page goes away: it arrives although nobody waits for the answer. */
export function sendLast(method: 'DELETE', path: string): void {
  const token = presentToken();
  if (token) void fetch(path, withBearer({ method, keepalive: true }, token)).catch(() => undefined);
}

/** An address with the parameters that are set. */
export function withQuery(
  path: string,
  parameters: Record<string, string | number | null | undefined>,
): string {
  const set = Object.entries(parameters).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}
