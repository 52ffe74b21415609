import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { parse } from 'content-disposition';
import { footage } from '../support/footage.ts';
import { json, PASSWORD, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { administrator } from './callers.ts';
import { SECURITY_HEADERS } from './header-faults.ts';
import { hostileNames } from './hostile-names.ts';
import { ask, sendRaw, type RawAnswer } from './raw-http.ts';

/** As people reach it: by TLS, which ends at a proxy. */
const PUBLIC_URL = 'https://frames.example';

let system: System;
let person: ApiPerson;
let bearer: { authorization: string };
let root: { authorization: string };
let video: string;
beforeAll(async () => {
  system = await startSystem({ env: { ...administrator, PUBLIC_URL } });
  person = await registerPerson(system.url);
  bearer = { authorization: `Bearer ${person.tokens.accessToken}` };
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = administrator;
  const login = (await (await fetch(`${system.url}/login`, json({ email, password }))).json()) as Tokens;
  root = { authorization: `Bearer ${login.accessToken}` };
  video = (await person.upload(footage('birds.mp4'))).id;
  await person.waitFor(video, 'completed');
});
afterAll(() => system.remove());

const get = (path: string, headers: Record<string, string> = {}) => ask(system.url, path, { headers });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  ask(system.url, path, { method: 'POST', body, headers });
const asJson = { 'content-type': 'application/json' };

function expectSecured(headers: RawAnswer['headers']): void {
  for (const [name, pattern] of Object.entries(SECURITY_HEADERS)) {
    expect([name, headers[name]]).toEqual([name, expect.stringMatching(pattern)]);
  }
  const hsts = /^max-age=(\d+); includeSubDomains$/.exec(headers['strict-transport-security'] ?? '');
  expect(Number(hsts?.[1])).toBeGreaterThanOrEqual(365 * 86_400);
  expect(headers['cross-origin-resource-policy']).toMatch(/^(same|cross)-origin$/);
  expect(headers['set-cookie']).toBeUndefined();
}

describe('the security headers are on', () => {
  const asset = async () => {
    const { body } = await get('/');
    return /src="(\/assets\/[^"]+\.js)"/.exec(body)?.[1] ?? 'no script';
  };
  const link = async () => {
    const made = (await (await person.fetch(`/video/${video}/links`, json({}))).json()) as { url: string };
    return made.url.replace(PUBLIC_URL, '');
  };

  test.each<[string, number, () => Promise<RawAnswer>]>([
    ['the page', 200, () => get('/')],
    ['the API’s description', 200, () => get('/docs')],
    ['a script', 200, async () => get(await asset())],
    ['a script that is compressed', 200, async () => get(await asset(), { 'accept-encoding': 'br' })],
    ['a picture of the page', 200, () => get('/favicon.svg')],
    ['the API document', 200, () => get('/openapi.json')],
    ['health', 200, () => get('/health/live')],
    ['JSON of a person', 200, () => get('/me', bearer)],
    ['a download', 200, () => get(`/video/${video}/download`, bearer)],
    ['a part of a download', 206, () => get(`/video/${video}/download`, { ...bearer, range: 'bytes=0-9' })],
    [
      'a part that there is not',
      416,
      () => get(`/video/${video}/download`, { ...bearer, range: 'bytes=999999999-' }),
    ],
    ['a download by link', 200, async () => get(await link())],
    ['a frame', 200, () => get(`/video/${video}/frames/1`, bearer)],
    ['a preview', 200, () => get(`/video/${video}/contact-sheet`, bearer)],
    ['what is nowhere', 404, () => get('/nothing')],
    ['a file that is none of the page', 404, () => get('/assets/../package.json')],
    ['a path that can’t be decoded', 400, () => get('/video/%E0%A4%A', bearer)],
    ['a request to a proxy', 404, () => get('http://elsewhere.example/')],
    ['the wrong method', 405, () => get('/login')],
    ['no token', 401, () => get('/me')],
    ['too little', 403, () => get('/admin/jobs', bearer)],
    ['JSON that is none', 400, () => post('/login', '{', asJson)],
    ['JSON that is too large', 413, () => post('/login', `"${'x'.repeat(200_000)}"`, asJson)],
    ['JSON that is wrong', 422, () => post('/login', '{}', asJson)],
    [
      'another character set',
      415,
      () => post('/login', '{}', { 'content-type': 'application/json; charset=x' }),
    ],
    ['another type', 415, () => post('/login', 'a', { 'content-type': 'text/plain' })],
    ['what tus can do', 204, () => ask(system.url, '/uploads', { method: 'OPTIONS' })],
    ['what is asked of a server as a whole', 404, () => ask(system.url, '*', { method: 'OPTIONS' })],
  ])('%s (%i)', async (_, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expectSecured(answer.headers);
  });

  test('a stream of events', async () => {
    const { status, headers, body } = await person.fetch('/events');
    await body?.cancel();
    expect(status).toBe(200);
    expectSecured(Object.fromEntries(headers));
  });
});

describe('other origins', () => {
  const foreign = { origin: 'https://evil.example' };

  test('may not read anything but the API document, nor ask whether they may', async () => {
    const preflight = {
      ...foreign,
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'authorization',
    };
    for (const answer of [
      await get('/me', { ...bearer, ...foreign }),
      await get('/', foreign),
      await ask(system.url, `/video/${video}`, { method: 'OPTIONS', headers: { ...bearer, ...preflight } }),
      await ask(system.url, '/uploads', { method: 'OPTIONS', headers: preflight }),
    ]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect((await get('/openapi.json', foreign)).headers['access-control-allow-origin']).toBe('*');
    expect((await get(`/video/${video}`, bearer)).status).toBe(200);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', ''])(
    'can’t send a form as %j that does anything',
    async (type) => {
      const headers: Record<string, string> = type ? { 'content-type': type, ...foreign } : foreign;
      for (const path of [
        '/register',
        '/login',
        '/logout',
        '/refresh',
        '/verify',
        '/password/forgot',
        '/password/reset',
      ]) {
        const body = JSON.stringify({
          email: person.email,
          password: PASSWORD,
          refreshToken: person.tokens.refreshToken,
        });
        expect([path, (await post(path, body, headers)).status]).toEqual([path, 415]);
      }
      expect((await get('/me', bearer)).status).toBe(200);
    },
  );

  test('are sent nowhere: no path becomes an address', async () => {
    const paths = [
      '//evil.example',
      '//evil.example/%2e%2e',
      '/\\evil.example',
      '/%5cevil.example',
      '/.//evil.example',
    ];
    for (const path of [
      ...paths,
      '/docs//evil.example',
      '/%2f%2fevil.example',
      '/assets',
      '/?next=//evil.example',
    ]) {
      const { status, headers } = await get(path);
      expect([path, status >= 300 && status < 400, headers.location]).toEqual([path, false, undefined]);
    }
  });

  test('don’t get into links by the headers that name a host', async () => {
    const named = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    const { body } = await post(`/video/${video}/links`, '{}', { ...asJson, ...bearer, ...named });
    expect((JSON.parse(body) as { url: string }).url).toMatch(/^https:\/\/frames\.example\/links\//);
  });
});

describe('Moleculer’s actions', () => {
  const actions = [
    '$node.list',
    'api.listAliases',
    'api.addRoute',
    'auth.keys',
    'video.claim',
    'notify.send',
  ];
  const spell = (action: string) => {
    const path = action.replaceAll('.', '/');
    const named = [action, path, path.replace('$', '~'), path.replace('$', '%24'), path.replace('/', '%2f')];
    const more = [
      path.replace('/', '//'),
      path.replace('/', '/./'),
      path.replace('/', '\\'),
      path.toUpperCase(),
    ];
    const starts = [
      '/',
      '//',
      '/api/',
      '/v1/',
      '/api/~',
      '/health/../',
      '/health/..%2f',
      '/health/live;/',
      '/%2e/',
      '/.%00/',
    ];
    return [...named, ...more].flatMap((name) => starts.map((start) => start + name));
  };

  test('can’t be reached by any spelling of a path, not even by an administrator', async () => {
    const reached: string[] = [];
    const paths = actions.flatMap(spell);
    for (const path of paths) {
      const answer = await post(path, '{}', { ...root, ...asJson });
      if (![400, 404, 405].includes(answer.status)) reached.push(`${path}: ${answer.status}`);
    }
    expect(reached).toEqual([]);
    expect(paths.length).toBeGreaterThan(500);
  });

  test('nor can routes by another spelling: whoever guards a path guards all of it', async () => {
    const spellings = [
      '/ADMIN/jobs',
      '/Admin/Jobs',
      '//admin/jobs',
      '/admin//jobs',
      '/admin/./jobs',
      '/x/../admin/jobs',
    ];
    for (const path of [
      ...spellings,
      '/%61dmin/jobs',
      '/admin%2fjobs',
      '/admin\\jobs',
      '/admin;a=b/jobs',
      '/admin/jobs%00',
    ]) {
      expect([path, (await get(path, root)).status]).toEqual([path, 404]);
    }
    expect((await get('/admin/jobs', root)).status).toBe(200);
  });

  test.each([
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
    'access-control-request-method',
  ])('%s makes no other method of one', async (name) => {
    const headers = { ...bearer, [name]: 'DELETE' };
    for (const method of ['POST', 'GET', 'OPTIONS']) {
      const { status } = await ask(system.url, `/video/${video}?_method=DELETE`, { method, headers });
      expect([method, status]).toEqual([method, method === 'GET' ? 200 : 405]);
    }
    const body = JSON.stringify({ email: person.email, password: PASSWORD });
    const login = { ...asJson, 'content-length': String(body.length), [name]: 'POST' };
    const { status } = await ask(system.url, '/login', { method: 'OPTIONS', headers: login, body });
    expect(status).toBe(405);
  });
});

test('JSON is not inflated: a small body can’t become a large one', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' ')).toString('latin1');
  const bytes = `POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n${bomb}`;
  const answer = await sendRaw(system.url, bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 415 [^]*"code":"unsupported_media"/);
});

test('a token works in its header only', async () => {
  const token = person.tokens.accessToken;
  for (const path of [
    `/me?access_token=${token}`,
    `/me?token=${token}`,
    `/events?authorization=Bearer%20${token}`,
  ]) {
    expect((await get(path, { cookie: `token=${token}; accessToken=${token}` })).status).toBe(401);
  }
});

test('files are offered for saving under a name that is only that', async () => {
  const { sha256, size } = await person.waitFor(video, 'completed');
  const recipe = { select: { mode: 'count', count: 1 } };
  const offered = hostileNames.map(async (filename) => {
    const wish = json({ sha256, size, filename, recipe });
    const { id } = (await (await person.fetch('/video/reuse', wish)).json()) as { id: string };
    await person.waitFor(id, 'completed');
    return ask(system.url, `/video/${id}/download`, { method: 'HEAD', headers: bearer });
  });
  for (const { status, headers } of await Promise.all(offered)) {
    expect([status, headers['set-cookie'], headers['x-canary']]).toEqual([200, undefined, undefined]);
    const { type, parameters } = parse(headers['content-disposition'] ?? '');
    expect(type).toBe('attachment');
    for (const [name, value] of Object.entries(parameters)) {
      expect(['filename', 'filename*']).toContain(name);
      expect(value).toMatch(/^[^/\\\p{Cc}\p{Cf}]+\.zip$/u);
    }
  }
});
