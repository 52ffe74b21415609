import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import type { VideoJson } from '../../lib/contracts.ts';
import { fetchByContract } from './api-contract.ts';
import { eventually } from './eventually.ts';

export const PASSWORD = 'correct horse battery';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  tokenType: string;
  expiresIn: number;
}

/** A registered person with a valid access token, and what they do most. */
export interface ApiPerson {
  email: string;
  id: string;
  tokens: Tokens;
  /** fetch with the person's access token; paths are relative to the system. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Upload a file as a raw body, or bytes as they are. */
  upload(file: string | Uint8Array<ArrayBuffer>, query?: Record<string, string>): Promise<VideoJson>;
  /** Wait until a video has one of these statuses. */
  waitFor(id: string, ...statuses: VideoJson['status'][]): Promise<VideoJson>;
}

/** Send JSON. */
export const json = (body: unknown, init: RequestInit = {}): RequestInit => ({
  method: 'POST',
  ...init,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) },
});

/** What a response says, for assertions about problems: `[status, code]`. */
export async function problemOf(response: Response): Promise<[number, string]> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`No problem but ${response.status} ${type}`);
  const { status, code } = (await response.json()) as { status: number; code: string };
  if (status !== response.status)
    throw new Error(`The problem says ${status}, the response ${response.status}`);
  return [status, code];
}

/** Register somebody new and log in. */
export async function registerPerson(
  url: string,
  fields: { email?: string; name?: string; locale?: string } = {},
): Promise<ApiPerson> {
  const email = fields.email ?? `${randomUUID()}@example.com`;
  const registered = await fetch(`${url}/register`, json({ ...fields, email, password: PASSWORD }));
  if (registered.status !== 201) throw new Error(`Registering failed: ${await registered.text()}`);
  const { id } = (await registered.json()) as { id: string };
  const tokens = (await (await fetch(`${url}/login`, json({ email, password: PASSWORD }))).json()) as Tokens;
  return personWith(url, { email, id, tokens });
}

function personWith(url: string, who: { email: string; id: string; tokens: Tokens }): ApiPerson {
  const call: ApiPerson['fetch'] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${who.tokens.accessToken}`);
    return fetchByContract(new URL(path, url), { ...init, headers });
  };
  return {
    ...who,
    fetch: call,
    upload: async (file, query = {}) => {
      const body = typeof file === 'string' ? await openAsBlob(file) : new Blob([file]);
      const headers = { 'content-type': 'application/octet-stream' };
      const response = await call(`/video?${new URLSearchParams(query).toString()}`, {
        method: 'POST',
        body,
        headers,
      });
      if (response.status !== 201)
        throw new Error(`Uploading failed: ${response.status} ${await response.text()}`);
      return (await response.json()) as VideoJson;
    },
    waitFor: (id, ...statuses) =>
      eventually(
        async () => {
          const video = (await (await call(`/video/${id}`)).json()) as VideoJson;
          return statuses.includes(video.status) && video;
        },
        `video ${id} to be ${statuses.join(' or ')}`,
      ),
  };
}
