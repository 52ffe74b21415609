import { expect, test } from '@jest/globals';
import { ProblemError } from '../errors.ts';
import { createLogLines } from './lines.ts';
import { redact } from './redact.ts';
import { inRequest } from './request.ts';

function capture(isTTY = false) {
  const lines: string[] = [];
  const logger = createLogLines({ isTTY, write: (line) => lines.push(line) })('debug', { svc: 'video' });
  return { logger, lines };
}

test('a line is JSON that knows its service, its request, and what went wrong', () => {
  const { logger, lines } = capture();
  inRequest('abc-1', () => logger.warn('It failed', { videoId: 7 }, new ProblemError('not_found')));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    svc: 'video',
    requestId: 'abc-1',
    videoId: 7,
    msg: 'It failed',
    err: { code: 'not_found', name: 'ProblemError' },
  });
});

test('what stands below the level is left out, and a terminal gets text', () => {
  const { logger, lines } = capture(true);
  logger.trace('unseen');
  logger.info('seen');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('seen');
  expect(lines[0]).not.toMatch(/^\{/);
});

const CANARY = 'c4n4ry-9d2f7b61e8';
test.each([
  `postgres://user:${CANARY}@host/db`,
  `Authorization: Bearer ${CANARY}`,
  `Cookie: session=${CANARY}; other=${CANARY}`,
  `{"password":"${CANARY}","refreshToken":"${CANARY}"}`,
  `the body was ${JSON.stringify(JSON.stringify({ secret: CANARY }))}`,
  `{ totpSecret: '${CANARY}' }`,
  `https://bucket/key?X-Amz-Signature=${CANARY}&X-Amz-Credential=${CANARY}`,
  `GET /links/${CANARY}`,
  `GET /exports/${CANARY}?x=1`,
  `otpauth://totp/x?secret=${CANARY}`,
  `vsk_${'0'.repeat(32)}_${CANARY}`,
  `whsec_${CANARY.replaceAll('-', '')}`,
])('no secret gets into the log: %s', (text) => {
  const { logger, lines } = capture();
  logger.error(text, new Error(text), { inner: { text, password: CANARY } });
  const all = lines.join('');
  expect(all).not.toContain(CANARY);
  expect(all).not.toContain(CANARY.replaceAll('-', ''));
  expect(() => JSON.parse(all) as unknown).not.toThrow();
});

test('text of a stranger takes no longer than other text, whatever it is made of', () => {
  const bait = [
    'token',
    'token-',
    'a.',
    'a://',
    'eyJ-',
    '"token',
    '\\',
    '\\"token',
    " token'",
    ';token',
    'Bearer ',
  ];
  for (const piece of bait) {
    const began = performance.now();
    redact(piece.repeat(100_000 / piece.length));
    // A pattern that looks at the rest of the text from each of its places takes from minutes to years.
    expect([piece, performance.now() - began < 10_000]).toEqual([piece, true]);
  }
});

test('ordinary text stays as it is', () => {
  for (const text of [
    '{"msg":"Listening on 127.0.0.1:3000","url":"http://localhost:3000/video/1"}',
    '{"route":"/links/:secret","status":200}',
  ])
    expect(redact(text)).toBe(text);
});
