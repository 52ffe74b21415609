import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { json, PASSWORD, problemOf, registerPerson, type Tokens } from '../support/person.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { startSystem, type System } from '../support/system.ts';

let mail: TestServer;
let system: System;
beforeAll(async () => {
  mail = await startTestServer();
  system = await startSystem({ env: { MAIL_URL: mail.url, TRUSTED_PROXIES: '1' } });
});
afterAll(async () => {
  await system.remove();
  await mail.stop();
});

const post = (path: string, body: unknown, headers = {}) =>
  fetch(`${system.url}${path}`, json(body, { headers }));
/** The token in a letter to this address, once it has come. */
const tokenFor = (address: string, page: 'verify' | 'reset') =>
  eventually(() => {
    const texts = mail.received.flatMap(({ recipients, mail: { text } }) =>
      recipients.includes(address) && text ? [text] : [],
    );
    return texts.map((text) => new RegExp(`#/${page}/([\\w-]{43})`).exec(text)?.[1]).findLast(Boolean);
  }, `a letter to ${address}`);
const log = async (response: Response) =>
  ((await response.json()) as { items: { kind: string; address: string | null }[] }).items;

describe('letters', () => {
  test('verify an address, once', async () => {
    const ana = await registerPerson(system.url);
    const token = await tokenFor(ana.email, 'verify');
    expect((await post('/verify', { token })).status).toBe(204);
    expect(await problemOf(await post('/verify', { token }))).toEqual([404, 'not_found']);
    expect(await (await ana.fetch('/me')).json()).toMatchObject({ emailVerified: true });
  });

  test('replace a forgotten password, and every session is refused within two seconds', async () => {
    const ben = await registerPerson(system.url);
    expect((await post('/password/forgot', { email: ben.email })).status).toBe(202);
    expect((await post('/password/forgot', { email: 'nobody@example.com' })).status).toBe(202);
    const token = await tokenFor(ben.email, 'reset');
    const weak = await post('/password/reset', { token, password: 'password123' });
    expect(await weak.json()).toMatchObject({ errors: [{ path: 'password', code: 'too_common' }] });
    const password = 'quite another one 7';
    expect((await post('/password/reset', { token, password })).status).toBe(204);
    await eventually(async () => (await ben.fetch('/me')).status === 401, 'the session to be refused', 2000);
    const old = await post('/refresh', { refreshToken: ben.tokens.refreshToken });
    expect(await problemOf(old)).toEqual([401, 'invalid_token']);
    expect(await problemOf(await post('/login', { email: ben.email, password: PASSWORD }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect((await post('/login', { email: ben.email, password })).status).toBe(200);
    expect(mail.received.flatMap(({ recipients }) => recipients)).not.toContain('nobody@example.com');
  });
});

test('sessions are listed with their client’s address, ended, and logged', async () => {
  const eva = await registerPerson(system.url);
  const elsewhere = { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'Elsewhere/1.0' };
  const login = await post('/login', { email: eva.email, password: PASSWORD }, elsewhere);
  const other = (await login.json()) as Tokens;
  const list = async () =>
    (await (await eva.fetch('/me/sessions')).json()) as { items: { id: string; current: boolean }[] };
  const { items } = await list();
  const wanted = items.find(({ current }) => !current);
  expect(wanted).toMatchObject({ address: '203.0.113.7', userAgent: 'Elsewhere/1.0' });
  const end = () => eva.fetch(`/me/sessions/${wanted?.id}`, { method: 'DELETE' });
  expect((await end()).status).toBe(204);
  expect(await problemOf(await end())).toEqual([404, 'not_found']);
  expect((await list()).items).toHaveLength(1);
  const headers = { authorization: `Bearer ${other.accessToken}` };
  const isRefused = async () => (await fetch(`${system.url}/me`, { headers })).status === 401;
  await eventually(isRefused, 'the session to be refused', 2000);
  const changed = await eva.fetch('/me', json({ name: 'Eva' }, { method: 'PATCH' }));
  expect(await changed.json()).toMatchObject({ name: 'Eva' });
  const events = await log(await eva.fetch('/me/security-events'));
  expect(events.map(({ kind }) => kind).sort()).toEqual(
    ['logged_in', 'logged_in', 'profile_changed', 'registered', 'session_ended'].sort(),
  );
  expect(events.map(({ address }) => address)).toContain('203.0.113.7');
});
