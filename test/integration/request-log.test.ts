import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { json, PASSWORD, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { startCollector, type Collector } from '../support/trace-collector.ts';

const ADMIN = { email: 'admin@example.com', password: PASSWORD };
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

let system: System;
let collector: Collector;
let person: ApiPerson;
beforeAll(async () => {
  collector = await startCollector();
  const admin = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
  const env = { ...admin, LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  system = await startSystem({ env });
  person = await registerPerson(system.url);
});
afterAll(async () => {
  await system.remove();
  await collector.stop();
});

interface Line {
  msg: string;
  level: string;
  svc?: string;
  requestId?: string;
  traceId?: string;
  spanId?: string;
  aborted?: boolean;
}

const lines = () =>
  system
    .output()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line);
const about = (requestId: string) => lines().filter((line) => line.requestId === requestId);
/** The access lines of a request, once there is one. */
const accessLines = (requestId: string) =>
  eventually(() => {
    const found = about(requestId).filter(({ msg }) => msg === 'Request');
    return found.length > 0 && found;
  }, `the line of ${requestId}`);

const idOf = async (given: Record<string, string>) => {
  const response = await fetch(`${system.url}/me`, { headers: given });
  const id = response.headers.get('x-request-id');
  expect(await response.json()).toMatchObject({ code: 'unauthorized', requestId: id });
  return id;
};

test.each(['a', 'Az09_.:-', 'x'.repeat(128)])('the id %s is kept', async (id) => {
  expect(await idOf({ 'x-request-id': id })).toBe(id);
});

test.each([
  ['none', {}],
  ['an empty one', { 'x-request-id': '' }],
  ['one that is too long', { 'x-request-id': 'x'.repeat(129) }],
  ['one with spaces', { 'x-request-id': 'a b' }],
  ['one that would be JSON', { 'x-request-id': '"},{"a":"' }],
  ['one beyond ASCII', { 'x-request-id': '\xe9' }],
  ['an id of another name', { 'x-correlation-id': 'mine' }],
])('in place of %s there is a new one', async (_what, given) => {
  const [one, other] = [await idOf(given), await idOf(given)];
  expect([one, other]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
  expect(one).not.toBe(other);
  for (const value of Object.values(given)) if (value !== '') expect([one, other]).not.toContain(value);
});

test('two ids at once are none', async () => {
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  socket.end(
    'GET /me HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\nConnection: close\r\n\r\n',
  );
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  await once(socket, 'close');
  expect(/^x-request-id: (.*)\r$/im.exec(answer)?.[1]).toMatch(UUID);
});

test('one line tells of a request: who asked for what, by its template, and what came of it', async () => {
  const [requestId, traceId] = ['of-the-client', '4bf92f3577b34da6a3ce929d0e0e4736'];
  const headers = { 'x-request-id': requestId, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  await person.fetch('/video/00000000-0000-4000-8000-000000000000?private', { headers });
  const [line, ...others] = await accessLines(requestId);
  expect(others).toEqual([]);
  expect(line).toEqual({
    ...{ msg: 'Request', level: 'info', method: 'GET', route: '/video/:id', status: 404 },
    ...{ personId: person.id, code: 'not_found' },
    ...{ durationMs: expect.any(Number), requestId, traceId, spanId: expect.stringMatching(/^[\da-f]{16}$/) },
    ...{ time: expect.any(String), nodeID: expect.any(String), ns: 'video-system' },
    ...{ svc: 'api', mod: 'api' },
  });
  const root = await eventually(
    () => collector.spans.find(({ spanId }) => spanId === line?.spanId),
    'the span that the line names',
  );
  expect([root.name, root.traceId]).toEqual(['GET /video/:id', traceId]);
});

test.each([
  ['without a token', 401, '/me', () => ({ code: 'unauthorized' })],
  [
    'for what is an administrator’s',
    403,
    '/admin/people',
    () => ({ code: 'forbidden', personId: person.id }),
  ],
])('who asks %s is told of with their address', async (_what, status, path, expected) => {
  const headers = { 'x-request-id': `refused-${status}` };
  if (status === 401) await fetch(`${system.url}${path}`, { headers });
  else await person.fetch(path, { headers });
  const [line] = await accessLines(headers['x-request-id']);
  expect(line).toMatchObject({ status, route: path, address: '127.0.0.1', ...expected() });
});

test('what another service says for a request names the request', async () => {
  const headers = { 'x-request-id': 'drains' };
  const { accessToken } = (await (await fetch(`${system.url}/login`, json(ADMIN))).json()) as Tokens;
  const asAdmin = { ...headers, authorization: `Bearer ${accessToken}` };
  const listed = await fetch(`${system.url}/admin/nodes`, { headers: asAdmin });
  const { items } = (await listed.json()) as { items: { id: string }[] };
  const path = `/admin/nodes/${encodeURIComponent(items[0]?.id ?? '')}`;
  for (const deed of ['drain', 'resume'])
    expect((await fetch(`${system.url}${path}/${deed}`, json({}, { headers: asAdmin }))).status).toBe(200);
  const said = about('drains').filter(({ msg }) => msg.startsWith('This process takes'));
  expect(said.map(({ svc, msg }) => [svc, msg])).toEqual([
    ['processor', 'This process takes no more work'],
    ['processor', 'This process takes work again'],
  ]);
});

test('who leaves in the middle is told of as such', async () => {
  const leaving = new AbortController();
  const headers = { 'x-request-id': 'leaves' };
  const { body } = await person.fetch('/events', { headers, signal: leaving.signal });
  await body?.getReader().read();
  leaving.abort();
  expect(await accessLines('leaves')).toEqual([
    expect.objectContaining({ route: '/events', status: 200, aborted: true }),
  ]);
});

test('health checks are told of only to those who want to know all, and are not traced', async () => {
  await fetch(`${system.url}/health/live`, { headers: { 'x-request-id': 'watcher' } });
  const [line] = await accessLines('watcher');
  expect(line?.level).toBe('debug');
  expect(line).not.toHaveProperty('traceId');
});
