import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { json, PASSWORD, problemOf, registerPerson, type Tokens } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.remove());

const post = (path: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${system.url}${path}`, json(body, init));
const me = (token: string) => fetch(`${system.url}/me`, { headers: { authorization: `Bearer ${token}` } });

function decode(token: string): jwt.Jwt {
  const decoded = jwt.decode(token, { complete: true });
  if (!decoded) throw new Error('This is not a token');
  return decoded;
}

describe('registering', () => {
  test('answers with the person, and never with the password', async () => {
    const email = `Maria.${randomUUID()}@Example.com`;
    const response = await post('/register', { email, password: PASSWORD, name: 'Maria', locale: 'pt-BR' });
    expect(response.status).toBe(201);
    const person = (await response.json()) as object;
    expect(person).toMatchObject({ email, name: 'Maria', locale: 'pt-BR', role: 'user' });
    expect(Object.keys(person).sort()).toEqual([
      ...['createdAt', 'email', 'emailVerified', 'id', 'locale', 'name', 'role', 'secondFactor'],
    ]);
  });

  test('takes an address once, however it is written', async () => {
    const email = `${randomUUID()}@example.com`;
    await registerPerson(system.url, { email });
    const again = await post('/register', { email: email.toUpperCase(), password: PASSWORD });
    expect(await problemOf(again)).toEqual([409, 'email_taken']);
  });

  test.each([
    [{ email: 'nobody', password: PASSWORD }, 'email'],
    [{ email: "x'; DROP TABLE people; --", password: PASSWORD }, 'email'],
    [{ email: '../../etc/passwd', password: PASSWORD }, 'email'],
    [{ email: 'a@example.com', password: 'short' }, 'password'],
    [{ email: 'a@example.com', password: PASSWORD, locale: 'xx' }, 'locale'],
    [{ email: 'a@example.com', password: PASSWORD, role: 'admin' }, ''],
    [{ password: PASSWORD }, 'email'],
    [['not', 'an', 'object'], ''],
  ])('refuses %j and names the field', async (body, path) => {
    const response = await post('/register', body);
    expect(response.status).toBe(422);
    const problem = (await response.json()) as { code: string; errors: { path: string }[] };
    expect(problem.code).toBe('validation_failed');
    expect(problem.errors.map((error) => error.path)).toContain(path);
  });
});

describe('logging in', () => {
  test('gives a Bearer token of 15 minutes', async () => {
    const { tokens, id } = await registerPerson(system.url);
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 900 });
    const { header, payload } = decode(tokens.accessToken);
    expect(header.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: id, role: 'user' });
  });

  test('with a wrong password or an unknown address tells the same', async () => {
    const { email } = await registerPerson(system.url);
    for (const wrong of [
      { email, password: 'wrong password' },
      { email: 'no@example.com', password: PASSWORD },
    ]) {
      expect(await problemOf(await post('/login', wrong))).toEqual([401, 'invalid_credentials']);
    }
  });

  test('is stopped after many failures, with the time to wait; others are not', async () => {
    const { email } = await registerPerson(system.url);
    const other = await registerPerson(system.url);
    let response = await post('/login', { email, password: 'wrong password' });
    for (let tries = 0; response.status === 401 && tries < 20; tries += 1) {
      response = await post('/login', { email, password: 'wrong password' });
    }
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(response)).toEqual([429, 'too_many_requests']);
    expect((await post('/login', { email: other.email, password: PASSWORD })).status).toBe(200);
  });
});

describe('a refresh token', () => {
  test('rotates; used twice, it ends its whole family', async () => {
    const { tokens } = await registerPerson(system.url);
    const first = await post('/refresh', { refreshToken: tokens.refreshToken });
    expect(first.status).toBe(200);
    const second = (await first.json()) as Tokens;
    expect((await me(second.accessToken)).status).toBe(200);
    const reused = await post('/refresh', { refreshToken: tokens.refreshToken });
    expect(await problemOf(reused)).toEqual([401, 'invalid_token']);
    const heir = await post('/refresh', { refreshToken: second.refreshToken });
    expect(await problemOf(heir)).toEqual([401, 'invalid_token']);
  });

  test('may be used again with the key of the request whose answer was lost, and with no other', async () => {
    const { tokens } = await registerPerson(system.url);
    const renew = (refreshToken: string, key: string) =>
      post('/refresh', { refreshToken }, { headers: { 'idempotency-key': key } });
    const lost = (await (await renew(tokens.refreshToken, 'first')).json()) as Tokens;
    const got = (await (await renew(tokens.refreshToken, 'first')).json()) as Tokens;
    expect(got.refreshToken).not.toBe(lost.refreshToken);
    const later = await renew(got.refreshToken, 'first');
    expect(later.status).toBe(200);
    expect(await problemOf(await renew(tokens.refreshToken, 'thief'))).toEqual([401, 'invalid_token']);
    const heir = (await later.json()) as Tokens;
    expect(await problemOf(await renew(heir.refreshToken, 'another'))).toEqual([401, 'invalid_token']);
    expect(await problemOf(await renew(heir.refreshToken, 'two words'))).toEqual([422, 'validation_failed']);
  });

  test('ends with logging out, which may be repeated', async () => {
    const { tokens } = await registerPerson(system.url);
    const { refreshToken } = tokens;
    expect((await post('/logout', { refreshToken })).status).toBe(204);
    expect((await post('/logout', { refreshToken })).status).toBe(204);
    expect(await problemOf(await post('/refresh', { refreshToken }))).toEqual([401, 'invalid_token']);
  });
});

describe('an access token', () => {
  test('of another key, without a signature, expired or mangled is refused', async () => {
    const { tokens, id } = await registerPerson(system.url);
    const decoded = decode(tokens.accessToken);
    const claims = decoded.payload as jwt.JwtPayload;
    const kid = decoded.header.kid ?? '';
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [head, body, signature] = tokens.accessToken.split('.');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const forged = [
      jwt.sign(claims, privateKey, { algorithm: 'ES256', keyid: kid }),
      `${encode({ alg: 'none', typ: 'JWT', kid })}.${body}.`,
      jwt.sign(claims, 'secret', { algorithm: 'HS256', keyid: kid }),
      `${head}.${encode({ ...claims, role: 'admin', sub: id })}.${signature}`,
      'not.a.token',
      'x',
      'a'.repeat(5000),
    ];
    for (const token of forged) expect(await problemOf(await me(token))).toEqual([401, 'unauthorized']);
    const bare = await fetch(`${system.url}/me`);
    expect(bare.headers.get('www-authenticate')).toBe('Bearer');
    expect(await problemOf(bare)).toEqual([401, 'unauthorized']);
  });

  test('that has expired is refused', async () => {
    const shortLived = await startSystem({ env: { ACCESS_TOKEN_SECONDS: '1' } });
    try {
      const { tokens } = await registerPerson(shortLived.url);
      const { exp } = jwt.decode(tokens.accessToken) as { exp: number };
      const waited = new Promise((resolve) => setTimeout(resolve, exp * 1000 + 50 - Date.now()));
      await waited;
      const response = await fetch(`${shortLived.url}/me`, {
        headers: { authorization: `Bearer ${tokens.accessToken}` },
      });
      expect(await problemOf(response)).toEqual([401, 'unauthorized']);
    } finally {
      await shortLived.remove();
    }
  });
});
