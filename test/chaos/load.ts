import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { VideoJson } from '../../lib/contracts.ts';
import { json, PASSWORD, type Tokens } from '../support/person.ts';

/** What a load has met, beside the videos that were accepted. */
export interface Load {
  accepted: { id: string; person: Customer; expected: 'completed' | 'failed' }[];
  /** Answers of a gateway that lived which were not the wanted ones, by status. */
  refused: Record<number, number>;
  /** Attempts that met no gateway, or one that died. */
  unanswered: number;
}

/** A person who keeps trying, at whichever gateway answers, until the request has an answer that counts. */
export interface Customer {
  email: string;
  token: string;
  fetch(path: string, init?: () => RequestInit): Promise<Response>;
}

const PATIENCE_MS = 120_000;

/** A load on a cluster's gateways; `add` people, and let them `upload`. */
export function createLoad(urls: string[]): Load & {
  add(): Promise<Customer>;
  upload(person: Customer, file: string, expected: 'completed' | 'failed'): Promise<void>;
} {
  const load: Load = { accepted: [], refused: {}, unanswered: 0 };
  let turn = 0;

  const insist = async (path: string, wanted: number, init: () => RequestInit): Promise<Response> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const url = urls[(turn += 1) % urls.length] ?? '';
      const response = await fetch(`${url}${path}`, init()).catch(() => undefined);
      if (response?.status === wanted) return response;
      if (response) load.refused[response.status] = (load.refused[response.status] ?? 0) + 1;
      else load.unanswered += 1;
      if (Date.now() > deadline)
        throw new Error(`${path} was refused for too long: ${await response?.text()}`);
      await pause(200);
    }
  };

  const add = async (): Promise<Customer> => {
    const email = `${randomUUID()}@example.com`;
    const account = { email, password: PASSWORD };
    await insist('/register', 201, () => json(account));
    const { accessToken: token } = (await (
      await insist('/login', 200, () => json(account))
    ).json()) as Tokens;
    const authorized = (init: RequestInit = {}): RequestInit => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      return { ...init, headers };
    };
    return { email, token, fetch: (path, init) => insist(path, 200, () => authorized(init?.())) };
  };

  const upload = async (person: Customer, file: string, expected: 'completed' | 'failed') => {
    const body = await openAsBlob(file);
    const headers = {
      authorization: `Bearer ${person.token}`,
      'content-type': 'application/octet-stream',
      // The answer may get lost with its gateway; trying again must not make a second video.
      'idempotency-key': randomUUID(),
    };
    const response = await insist('/video', 201, () => ({ method: 'POST', body, headers }));
    load.accepted.push({ id: ((await response.json()) as VideoJson).id, person, expected });
  };

  return Object.assign(load, { add, upload });
}
