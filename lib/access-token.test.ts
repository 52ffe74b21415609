import { describe, expect, test } from '@jest/globals';
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { signAccessToken, verifyAccessToken, type SigningKey } from './access-token.ts';
import type { Caller } from './contracts.ts';
import { ProblemError } from './errors.ts';

function makeKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

const key = makeKey('first');
const caller: Caller = { personId: randomUUID(), role: 'user', sessionId: randomUUID(), scope: 'write' };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);
const goodClaims = () => ({
  sub: caller.personId,
  sid: caller.sessionId,
  role: 'user',
  iat: seconds(),
  exp: seconds() + 60,
  iss: 'video-system',
  aud: 'api',
});

/** A token with the right key and exactly these claims, undefined ones left out. */
const signed = (claims: object, options: jwt.SignOptions = { keyid: key.kid }) =>
  jwt.sign(JSON.stringify(claims), key.privateKey, { algorithm: 'ES256', ...options });

function hmacToken(secret: string, alg: string): string {
  const content = `${encode({ alg, typ: 'JWT', kid: key.kid })}.${encode(goodClaims())}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

const [header = '', payload = '', signature = ''] = signAccessToken(caller, key, 60).split('.');

const forgeries: Record<string, string> = {
  'alg none without a signature': `${encode({ alg: 'none', kid: key.kid })}.${encode(goodClaims())}.`,
  'alg None with our signature': `${encode({ alg: 'None', kid: key.kid })}.${payload}.${signature}`,
  'HS256 with the public key as the secret': hmacToken(key.publicKeyPem, 'HS256'),
  'HS256 with an empty secret': hmacToken('', 'HS256'),
  'a signature that is an HMAC although the header says ES256': hmacToken(key.publicKeyPem, 'ES256'),
  'another key under our kid': signAccessToken(caller, makeKey(key.kid), 60),
  'a kid we do not know': signAccessToken(caller, makeKey('second'), 60),
  'no kid': signed(goodClaims(), {}),
  'changed claims': `${header}.${encode({ ...goodClaims(), role: 'admin' })}.${signature}`,
  'no signature': `${header}.${payload}.`,
  'another issuer': signed({ ...goodClaims(), iss: 'somebody' }),
  'another audience': signed({ ...goodClaims(), aud: 'mail' }),
  'no expiry': signed({ ...goodClaims(), exp: undefined }),
  'no person': signed({ ...goodClaims(), sub: undefined }),
  'a person that is not a UUID': signed({ ...goodClaims(), sub: "' OR 1=1 --" }),
  'no role': signed({ ...goodClaims(), role: undefined }),
  'an unknown role': signed({ ...goodClaims(), role: 'root' }),
  'claims that are not an object': jwt.sign('admin', key.privateKey, {
    algorithm: 'ES256',
    header: { alg: 'ES256', kid: key.kid },
  }),
  'an empty string': '',
  'a word': 'token',
  'three words': 'a.b.c',
  'a header that is not JSON': `${Buffer.from('{"alg":').toString('base64url')}.${payload}.${signature}`,
  'a header that is null': `${encode(null)}.${payload}.${signature}`,
  'more parts than three': `${header}.${payload}.${signature}.${signature}`,
  'a megabyte of dots': '.'.repeat(1_000_000),
};

function refusal(token: string, now?: Date): unknown {
  try {
    return verifyAccessToken(token, [key], now);
  } catch (error) {
    return error;
  }
}

describe('an access token', () => {
  test('tells who is calling', () => {
    expect(verifyAccessToken(signAccessToken(caller, key, 60), [key])).toEqual(caller);
    const admin: Caller = { personId: randomUUID(), role: 'admin', sessionId: null, scope: 'write' };
    expect(verifyAccessToken(signAccessToken(admin, key, 60), [key])).toEqual(admin);
  });

  test('is checked with the key that its kid names', () => {
    const keys = [makeKey('second'), key, makeKey('third')];
    for (const each of keys) {
      expect(verifyAccessToken(signAccessToken(caller, each, 60), keys)).toEqual(caller);
    }
  });

  test('is valid until it expires', () => {
    const start = new Date('2026-01-01T00:00:00Z');
    const token = signAccessToken(caller, key, 900, start);
    expect(verifyAccessToken(token, [key], new Date(start.getTime() + 899_000))).toEqual(caller);
    expect(refusal(token, new Date(start.getTime() + 900_000))).toEqual(new ProblemError('unauthorized'));
    expect(refusal(token)).toEqual(new ProblemError('unauthorized'));
  });

  test.each(Object.entries(forgeries))('with %s is refused', (_, token) => {
    expect(refusal(token)).toEqual(new ProblemError('unauthorized'));
  });

  test('is refused when there are no keys, or none that works', () => {
    const token = signAccessToken(caller, key, 60);
    const verify = (publicKeyPem: string) => () => verifyAccessToken(token, [{ kid: key.kid, publicKeyPem }]);
    expect(() => verifyAccessToken(token, [])).toThrow(new ProblemError('unauthorized'));
    expect(verify('')).toThrow(new ProblemError('unauthorized'));
    expect(verify('no key')).toThrow(new ProblemError('unauthorized'));
  });

  test('is refused when it is not ES256, even if the key would allow that', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicKeyPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const token = jwt.sign(goodClaims(), rsa.privateKey, { algorithm: 'RS256', keyid: key.kid });
    expect(() => verifyAccessToken(token, [{ kid: key.kid, publicKeyPem }])).toThrow(
      new ProblemError('unauthorized'),
    );
  });

  test('made in the same way as the forgeries, but right, is taken', () => {
    expect(verifyAccessToken(signed(goodClaims()), [key])).toEqual(caller);
  });
});
