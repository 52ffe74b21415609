import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSystem, type System } from '../support/system.ts';
import { sendRaw, statusesOf } from './raw-http.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.remove());

const HOST = 'Host: frames.example\r\n';
/** What an attacker wants to have answered although no request of theirs asks for it. */
const SMUGGLED = `GET /openapi.json HTTP/1.1\r\n${HOST}\r\n`;
const post = (headers: string, body: string, path = '/login') =>
  `POST ${path} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const LENGTH = `Content-Length: ${SMUGGLED.length}\r\n`;

/** Requests that two programs could read in two ways; what Node or the gateway refuses is refused with its connection. */
const ambiguous: Record<string, string> = {
  'a length and chunks (CL.TE)': post(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`),
  'chunks and a length (TE.CL)': post(`${CHUNKED}${LENGTH}`, `0\r\n\r\n${SMUGGLED}`),
  'chunks twice': post(`${CHUNKED}${CHUNKED.replace('chunked', 'identity')}`, `0\r\n\r\n${SMUGGLED}`),
  'chunks that are not meant so': post(CHUNKED.replace('chunked', 'xchunked'), `0\r\n\r\n${SMUGGLED}`),
  'chunks after a vertical tab': post(CHUNKED.replace(' ', ' \x0b'), `0\r\n\r\n${SMUGGLED}`),
  'chunks, then something else': post(CHUNKED.replace('chunked', 'chunked, gzip'), `0\r\n\r\n${SMUGGLED}`),
  'chunks in a folded line': post(
    `Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n`,
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'two lengths': post(`Content-Length: 0\r\n${LENGTH}`, SMUGGLED),
  'two lengths that agree': post(`${LENGTH}${LENGTH}`, SMUGGLED),
  'a list of lengths': post(`Content-Length: 0, ${SMUGGLED.length}\r\n`, SMUGGLED),
  'a length with a sign': post('Content-Length: +0\r\n', SMUGGLED),
  'a length below zero': post('Content-Length: -1\r\n', SMUGGLED),
  'a length in hexadecimal': post(`Content-Length: 0x${SMUGGLED.length.toString(16)}\r\n`, SMUGGLED),
  'a length that overflows': post('Content-Length: 18446744073709551616\r\n', SMUGGLED),
  'a space before the colon': post(`Content-Length : ${SMUGGLED.length}\r\n`, SMUGGLED),
  'a space before a name': post(` Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
  'a folded line': `GET /health/live HTTP/1.1\r\n${HOST}X-A: b\r\n c: d\r\n\r\n${SMUGGLED}`,
  'a bare carriage return': `GET /health/live HTTP/1.1\r\n${HOST}X-A: b\rContent-Length: 5\r\n\r\n${SMUGGLED}`,
  'bare line feeds': `GET /health/live HTTP/1.1\nHost: x\n\n${SMUGGLED}`,
  'a NUL in a header': `GET /health/live HTTP/1.1\r\n${HOST}X-A: b\0c\r\n\r\n${SMUGGLED}`,
  'a header without a name': `GET /health/live HTTP/1.1\r\n${HOST}: b\r\n\r\n${SMUGGLED}`,
  'no host': `GET /health/live HTTP/1.1\r\nX-A: b\r\n\r\n`,
  'two hosts': `GET /health/live HTTP/1.1\r\n${HOST}Host: other.example\r\n\r\n${SMUGGLED}`,
  'two logins': `GET /me HTTP/1.1\r\n${HOST}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n${SMUGGLED}`,
  'chunks in HTTP/1.0': `POST /login HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`,
  'another version': `GET /health/live HTTP/3.7\r\n${HOST}\r\n${SMUGGLED}`,
  'HTTP/2 without asking': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`,
  'a line before the request': `X: y\r\nGET /health/live HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
};

/** Bodies in chunks that are framed wrongly. */
const chunks: Record<string, string> = {
  'an extension that holds a line': `2;a="\n"\r\n{}\r\n0\r\n\r\n`,
  'an extension without a name': `2;\r\n{}\r\n0\r\n\r\n`,
  'a size with a sign': `+2\r\n{}\r\n0\r\n\r\n`,
  'a size below zero': `-2\r\n{}\r\n0\r\n\r\n`,
  'a size as in programs': `0x2\r\n{}\r\n0\r\n\r\n`,
  'a size that overflows': `10000000000000002\r\n{}\r\n0\r\n\r\n`,
  'no size': `\r\n{}\r\n0\r\n\r\n`,
  'a line feed after the size': `2\n{}\r\n0\r\n\r\n`,
  'more bytes than the size': `1\r\n{}\r\n0\r\n\r\n`,
};

const LARGE = 'x'.repeat(20_000);
const tooLarge: Record<string, string> = {
  'a header': `GET /health/live HTTP/1.1\r\n${HOST}X-A: ${LARGE}\r\n\r\n${SMUGGLED}`,
  'thousands of headers': `GET /health/live HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(4000)}\r\n${SMUGGLED}`,
  'a path': `GET /${LARGE} HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
  'an extension of a chunk': post(`${JSON_TYPE}${CHUNKED}`, `2;a=${LARGE}\r\n{}\r\n0\r\n\r\n${SMUGGLED}`),
};

/** Exactly one answer, a refusal, and the end of the connection: nothing that followed was taken for a request. */
async function expectRefused(bytes: string, statuses: number[]): Promise<void> {
  const answer = await sendRaw(system.url, bytes);
  expect(statusesOf(answer)).toEqual([expect.any(Number)]);
  expect(statuses).toContain(statusesOf(answer)[0]);
  expect(answer).not.toContain('"openapi"');
  expect(answer).toMatch(/^connection: close\r$/im);
}

describe('a request that can be read in two ways is refused, and its connection ends', () => {
  test.each(Object.entries(ambiguous))('%s', (_, bytes) => expectRefused(bytes, [400, 505]));
  test.each(Object.entries(chunks))('a chunk with %s', (_, body) =>
    expectRefused(post(`${JSON_TYPE}${CHUNKED}`, `${body}${SMUGGLED}`), [400]),
  );
  test.each(Object.entries(tooLarge))('%s that is too large', (_, bytes) =>
    expectRefused(bytes, [413, 414, 431]),
  );
});

describe('what belongs to a body is no request', () => {
  const close = 'Connection: close\r\n';

  test.each([
    ['of a GET', `GET /health/live HTTP/1.1\r\n${HOST}${LENGTH}\r\n${SMUGGLED}`],
    ['of a HEAD', `HEAD /nothing HTTP/1.1\r\n${HOST}${LENGTH}\r\n${SMUGGLED}`],
    ['of a refused upload', post(`Content-Type: video/mp4\r\n${LENGTH}`, SMUGGLED, '/video')],
    ['of a form that nobody takes', post(`Content-Type: text/plain\r\n${LENGTH}`, SMUGGLED)],
    ['with a path that there is not', post(LENGTH, SMUGGLED, '/nothing')],
  ])('%s', async (_, bytes) => {
    const last = `GET /health/live HTTP/1.1\r\n${HOST}${close}\r\n`;
    const answer = await sendRaw(system.url, bytes + last);
    expect(answer).not.toContain('"openapi"');
    expect(statusesOf(answer).length).toBeGreaterThan(0);
    expect(statusesOf(answer).length).toBeLessThanOrEqual(2);
  });

  test('and what comes behind a whole body is one', async () => {
    const body = '{"refreshToken":"x"}';
    const whole = post(`${JSON_TYPE}Content-Length: ${body.length}\r\n`, body, '/refresh');
    const answer = await sendRaw(system.url, `${whole}GET /health/live HTTP/1.1\r\n${HOST}${close}\r\n`);
    expect(statusesOf(answer)).toEqual([401, 200]);
  });

  test('a trailer changes nothing: it names nobody, and no length', async () => {
    const trailer = 'Authorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\n';
    const chunked = post(`${JSON_TYPE}${CHUNKED}Trailer: X\r\n${close}`, `2\r\n{}\r\n0\r\n${trailer}\r\n`);
    expect(statusesOf(await sendRaw(system.url, chunked))).toEqual([422]);
  });

  test('nobody gets through to another server, or another protocol', async () => {
    expect(await sendRaw(system.url, `CONNECT localhost:5432 HTTP/1.1\r\n${HOST}\r\n`)).toBe('');
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    expect(statusesOf(await sendRaw(system.url, `GET /me HTTP/1.1\r\n${HOST}${upgrade}\r\n`))).toEqual([401]);
    const trace = await sendRaw(system.url, `TRACE /me HTTP/1.1\r\n${HOST}${close}X-Secret: canary\r\n\r\n`);
    expect([statusesOf(trace), trace.includes('canary')]).toEqual([[405], false]);
    const proxied = await sendRaw(system.url, `GET http://127.0.0.1:22/ HTTP/1.1\r\n${HOST}${close}\r\n`);
    expect(statusesOf(proxied)).toEqual([404]);
  });
});
