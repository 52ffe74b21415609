import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchByContract, patternOf, type ApiDocument } from '../support/api-contract.ts';
import { json, PASSWORD, problemOf, registerPerson, type Tokens } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const admin = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a long admin password' };

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: admin });
});
afterAll(() => system.remove());

/** A request whose path and answer nobody changes on the way. */
async function asks(path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(system.url);
  const [response] = (await once(request({ hostname, port, path, headers }).end(), 'response')) as [
    IncomingMessage,
  ];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const get = (path: string, init?: RequestInit) => fetch(`${system.url}${path}`, init);

describe('every answer', () => {
  test.each(['/', '/nothing', '/health/live'])('of %s carries the security headers', async (path) => {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

test.each(['gzip', 'br', 'deflate'])(
  'JSON compressed with %s is refused, whatever it unpacks to',
  async (encoding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    const response = await get('/login', {
      method: 'POST',
      headers,
      body: gzipSync('{"email":"a@b.cd","password":"x"}'),
    });
    expect(await problemOf(response)).toEqual([415, 'unsupported_media']);
  },
);

describe('the API document', () => {
  const load = async () => (await (await get('/openapi.json')).json()) as ApiDocument;
  const operations = ({ paths }: ApiDocument) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method,
        path,
        isOpen: security?.length === 0,
      })),
    );
  const ask = (method: string, path: string) =>
    fetchByContract(new URL(path.replace(/\{\w+\}/g, randomUUID()), system.url), {
      method: method.toUpperCase(),
    });

  test('tells of routes that are there, and of who may use them', async () => {
    const all = operations(await load());
    expect(all.length).toBeGreaterThan(90);
    for (const { method, path, isOpen } of all) {
      const { status } = await ask(method, path);
      expect([method, path, status === 401 || status === 412]).toEqual([method, path, !isOpen]);
      expect(status).not.toBe(405);
    }
  });

  test('tells of all of them', async () => {
    const { paths } = await load();
    for (const path of Object.keys(paths)) {
      const concrete = path.replace(/\{\w+\}/g, randomUUID());
      for (const method of ['get', 'put', 'post', 'patch', 'delete']) {
        const isTold = Object.entries(paths).some(
          ([it, told]) => told[method] && patternOf(it).test(concrete),
        );
        if (isTold) continue;
        const { status } = await get(concrete, { method: method.toUpperCase() });
        expect([method, path, status]).toEqual([method, path, 405]);
      }
    }
  });

  test('is sent once', async () => {
    const etag = (await get('/openapi.json')).headers.get('etag') ?? '';
    expect((await get('/openapi.json', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

describe('a request that fits nothing', () => {
  test.each(['/nothing', '/video/x/y/z', '/~node/actions', '/auth/person', '/api/rest', '/../package.json'])(
    '%s is a problem, not a page',
    async (path) => expect(await problemOf(await get(path))).toEqual([404, 'not_found']),
  );

  test('with the wrong method says which ones there are', async () => {
    const response = await get('/login');
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemOf(response)).toEqual([405, 'method_not_allowed']);
  });

  test('with a path that is not decodable', async () => {
    const person = await registerPerson(system.url);
    expect((await problemOf(await person.fetch('/video/%E0%A4%A')))[0]).toBe(400);
  });
});

describe('a body', () => {
  test.each(['{bad', '', '"text"', '[1'])('%j instead of JSON is a clear problem', async (body) => {
    const headers = { 'content-type': 'application/json' };
    const [status, code] = await problemOf(await get('/register', { method: 'POST', body, headers }));
    expect([
      [400, 'bad_request'],
      [422, 'validation_failed'],
    ]).toContainEqual([status, code]);
  });

  test('of another type is a problem', async () => {
    const response = await get('/register', { method: 'POST', body: new URLSearchParams({ email: 'a' }) });
    expect(await problemOf(response)).toEqual([415, 'unsupported_media']);
  });

  test('over the limit for JSON is a problem', async () => {
    const response = await get('/register', json({ email: 'a'.repeat(200_000) }));
    expect(await problemOf(response)).toEqual([413, 'too_large']);
  });
});

test('the page is served at / and brings its own files only', async () => {
  const response = await get('/');
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(await response.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
});

describe('a file of the page', () => {
  const scriptOf = async () => {
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await (await get('/')).text())?.[1];
    if (!script) throw new Error('The page has no script');
    return script;
  };

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['identity', (bytes: Buffer) => bytes],
  ])('comes as it is wanted: %s', async (encoding, decode) => {
    const path = await scriptOf();
    const { headers, body } = await asks(path, { 'accept-encoding': encoding });
    const plain = await readFile(new URL(`../../web/dist${path}`, import.meta.url));
    expect(decode(body).equals(plain)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
    expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
    expect(Number(headers['content-length'])).toBe(body.length);
    const again = await asks(path, { 'accept-encoding': encoding, 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('is asked for again each time where its name tells nothing of what is in it', async () => {
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache');
  });

  test('is only read, and lies in the folder of the page', async () => {
    expect(await problemOf(await get('/favicon.svg', { method: 'POST' }))).toEqual([404, 'not_found']);
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/assets/../../../package.json',
      '/.built-from',
    ]) {
      expect([path, (await asks(path)).status]).toEqual([path, 404]);
    }
  });
});

test('what is private is not compressed: its length would tell what is in it', async () => {
  const person = await registerPerson(system.url);
  const headers = { authorization: `Bearer ${person.tokens.accessToken}`, 'accept-encoding': 'br, gzip' };
  const answer = await asks('/me', headers);
  expect([answer.status, answer.headers['content-encoding']]).toEqual([200, undefined]);
});

test('health tells live and ready', async () => {
  expect((await get('/health/live')).status).toBe(200);
  const ready = await get('/health/ready');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ok', down: [] });
});

test.each(['auth', 'notify'])('/%s tells its name and version', async (service) => {
  expect(await (await get(`/${service}`)).json()).toEqual({
    service,
    version: packageJson.version,
  });
});

describe('POST /notification', () => {
  const message = { to: 'somebody@example.com', template: 'message', data: { subject: 'Hi', text: 'There' } };

  test('is for administrators only', async () => {
    expect(await problemOf(await get('/notification', json(message)))).toEqual([401, 'unauthorized']);
    const person = await registerPerson(system.url);
    expect(await problemOf(await person.fetch('/notification', json(message)))).toEqual([403, 'forbidden']);
  });

  test('takes it from an administrator and sends it', async () => {
    const login = json({ email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD });
    const { accessToken } = (await (await get('/login', login)).json()) as Tokens;
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await get('/notification', json(message, { headers }))).status).toBe(202);
    const unknown = json({ ...message, template: 'nonsense' }, { headers });
    expect(await problemOf(await get('/notification', unknown))).toEqual([422, 'validation_failed']);
  });
});

test('an unknown administrator cannot be made by registering', async () => {
  const response = await get('/register', json({ email: admin.ADMIN_EMAIL, password: PASSWORD }));
  expect(await problemOf(response)).toEqual([409, 'email_taken']);
});
