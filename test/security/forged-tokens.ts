import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import type { System } from '../support/system.ts';

const base64 = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/**
 * Tokens that claim to be a person's and must not work, by what is wrong with them; more of them are in
 * lib/access-token.test.ts.
 * @param token one that works, which they are made after
 * @returns also one that is made in the same way and right: it must work, or the others would prove nothing
 */
export async function forgedTokens(system: System, token: string) {
  const pem = await readFile(join(system.dataDir, 'keys', 'access-token.pem'), 'utf8');
  const decoded = jwt.decode(token, { complete: true, json: true });
  if (!decoded || typeof decoded.payload === 'string') throw new Error('This is not a token');
  const { header, payload } = decoded;
  const ours = createPrivateKey(pem);
  const [head = '', , signature = ''] = token.split('.');
  const sign = (claims: object, key: KeyObject = ours) => signed(header.kid, { ...payload, ...claims }, key);
  const promoted = base64({ ...payload, role: 'admin' });
  const forged: Record<string, string> = {
    'a word': 'nonsense',
    'the algorithm none': `${base64({ ...header, alg: 'none' })}.${promoted}.`,
    'a role that was not signed': `${head}.${promoted}.${signature}`,
    'the public key as a password': confused(header.kid, promoted, ours),
    'a key of its own with our id': sign({}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    'a time that is over': sign({ iat: 1_600_000_000, exp: 1_600_000_900 }),
    'no session': sign({ sid: undefined }),
  };
  return { forged, right: sign({}) };
}

function signed(keyid: string | undefined, claims: object, key: KeyObject): string {
  const clean = JSON.parse(JSON.stringify(claims)) as object;
  return jwt.sign(clean, key, { algorithm: 'ES256', ...(keyid ? { keyid } : {}) });
}

/** HMAC, with the public key for a secret: works where the token's header chooses the algorithm (RFC 8725, 2.1). */
function confused(kid: string | undefined, body: string, key: KeyObject): string {
  const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const content = `${base64({ alg: 'HS256', typ: 'JWT', kid })}.${body}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
