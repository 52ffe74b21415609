import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { startSystem, type System } from '../support/system.ts';
import { startCollector, type Collector } from '../support/trace-collector.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

let system: System;
let collector: Collector;
let mail: TestServer;
let receiver: Receiver;
let person: ApiPerson;
/** What must be nowhere, by what it is. */
const secrets = new Map<string, string>();
const canary = (what: string) => keep(what, `canary-${what.replaceAll(' ', '-')}-7f3a9c`);
const keep = (what: string, secret: string) => {
  expect(secret.length).toBeGreaterThan(5);
  secrets.set(what, secret);
  return secret;
};

beforeAll(async () => {
  collector = await startCollector();
  const onAuth = (_auth: unknown, _session: unknown, done: (error: null, answer: object) => void) =>
    done(null, { user: 'us' });
  mail = await startTestServer({}, { onAuth, allowInsecureAuth: true });
  receiver = await startReceiver();
  const { host } = new URL(mail.url);
  system = await startSystem({
    env: {
      LOG_LEVEL: 'trace',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${canary('key of the collector')}`,
      MAIL_URL: `smtp://us:${canary('password of the mail server')}@${host}?requireTLS=false`,
      ADMIN_EMAIL: 'admin@example.com',
      ADMIN_PASSWORD: canary('password of the administrator'),
      WEBHOOK_ALLOW_HTTP: 'true',
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
    },
  });
  person = await registerPerson(system.url);
  keep('access token', person.tokens.accessToken);
  keep('refresh token', person.tokens.refreshToken);
});
afterAll(async () => {
  await system.remove();
  await collector.stop();
  await mail.stop();
  await receiver.stop();
});

const post = (path: string, body: unknown, headers = {}) =>
  fetch(`${system.url}${path}`, json(body, { headers }));
const answer = async <T>(asking: Promise<Response>) => {
  const response = await asking;
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as T;
};
/** The status of each request that was refused. */
const refused = async (...requests: Promise<Response>[]) => {
  for (const request of requests) expect((await request).status).toBeGreaterThanOrEqual(400);
};
const letterToken = (page: 'verify' | 'reset') =>
  eventually(
    () =>
      mail.received
        .flatMap(({ mail: { text = '' } }) => new RegExp(`#/${page}/([\\w-]{43})`).exec(text)?.[1] ?? [])
        .at(-1),
    `the letter for ${page}`,
  );

/** Passwords and tokens, good and bad ones, in all places where a client may put them. */
async function useAccount(): Promise<void> {
  const { email } = person;
  await refused(
    post('/login', { email, password: canary('wrong password') }),
    post('/register', { email: 'no address', password: canary('password of nobody') }),
    fetch(`${system.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"email":"${email}","password":"${canary('password in broken JSON')}`,
    }),
    fetch(`${system.url}/me`, { headers: { authorization: `Bearer ${canary('wrong bearer')}` } }),
    fetch(`${system.url}/me`, { headers: { authorization: `Basic ${canary('basic credentials')}` } }),
    fetch(`${system.url}/me`, { headers: { cookie: `session=${canary('cookie')}` } }),
    fetch(`${system.url}/video?access_token=${canary('token in a query')}`),
    post('/refresh', { refreshToken: canary('wrong refresh token') }),
    post('/verify', { token: canary('wrong token of a letter') }),
  );
  keep('token that verifies', await letterToken('verify'));
  expect((await post('/verify', { token: secrets.get('token that verifies') })).status).toBe(204);
  await post('/password/forgot', { email });
  const token = keep('token that resets', await letterToken('reset'));
  const password = canary('new password');
  expect((await post('/password/reset', { token, password })).status).toBe(204);
  await refused(
    post('/password/reset', { token, password: canary('password too late') }),
    // The reset has ended the session.
    post('/refresh', { refreshToken: person.tokens.refreshToken }),
  );
  const tokens = await answer<Tokens>(post('/login', { email, password }));
  Object.assign(person.tokens, tokens);
  keep('second access token', tokens.accessToken);
  keep('second refresh token', tokens.refreshToken);
}

async function useKeysAndSecondFactor(): Promise<void> {
  const { key } = await answer<{ key: string }>(person.fetch('/me/keys', json({ name: 'x', scope: 'read' })));
  keep('API key', key);
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${system.url}/video`, { headers })).status).toBe(200);
  const bad = `${key.slice(0, -4)}aaaa`;
  await refused(
    fetch(`${system.url}/video`, { headers: { authorization: `Bearer ${keep('bad key', bad)}` } }),
  );
  const password = secrets.get('new password');
  const { secret } = await answer<{ secret: string }>(person.fetch('/me/second-factor', json({ password })));
  keep('secret of the second factor', secret);
  const code = new TOTP({ secret }).generate();
  const { recoveryCodes } = await answer<{ recoveryCodes: string[] }>(
    person.fetch('/me/second-factor/confirm', json({ code })),
  );
  const [recovery = ''] = recoveryCodes;
  keep('recovery code', recovery);
  await answer(post('/login', { email: person.email, password, code: recovery }));
}

async function useLinksAndWebhooks(): Promise<void> {
  const url = `${receiver.url}?k=${canary('query of a webhook')}`;
  const hook = await answer<{ secret: string }>(
    person.fetch('/me/webhooks', json({ url, kinds: ['video.processed'] })),
  );
  keep('secret of the webhook', hook.secret.replace(/^whsec_/, ''));
  const { id } = await person.upload(footage('birds.mp4'));
  await person.waitFor(id, 'completed');
  const link = await answer<{ url: string }>(person.fetch(`/video/${id}/links`, json({})));
  keep('secret of a link', link.url.split('/').at(-1) ?? '');
  expect((await fetch(link.url)).status).toBe(200);
  await refused(
    fetch(`${system.url}/links/${canary('wrong secret of a link')}`),
    fetch(`${link.url}?token=${canary('query of a link')}`, { method: 'DELETE' }),
  );
  await eventually(() => receiver.received.length > 0, 'the webhook');
}

test('no secret that goes through a system gets into its log or its traces', async () => {
  await useAccount();
  await useKeysAndSecondFactor();
  await useLinksAndWebhooks();
  expect(await system.stop()).toBe(0);
  const log = system.output();
  const spans = JSON.stringify(collector.spans);
  // All of it was seen: every way is logged and traced.
  const seen = ['POST /login', 'POST /password/reset', 'GET /links/:secret', 'POST /refresh'].map((line) => {
    const [method, route] = line.split(' ');
    return [
      line,
      log.includes(`"method":"${method}","route":"${route}"`),
      spans.includes(`"name":"${line}"`),
    ];
  });
  expect(seen).toEqual(seen.map(([line]) => [line, true, true]));
  const leaks = (text: string) =>
    [...secrets].flatMap(([what, secret]) => (text.includes(secret) ? [what] : []));
  expect({ log: leaks(log), spans: leaks(spans) }).toEqual({ log: [], spans: [] });
  expect(secrets.size).toBeGreaterThan(25);
});
