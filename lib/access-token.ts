import { createPublicKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Caller } from './contracts.ts';
import { ProblemError } from './errors.ts';

/** What it takes to check a signature: SPKI PEM of a P-256 key, under the id that tokens name in their header. */
export interface VerificationKey {
  kid: string;
  publicKeyPem: string;
}

export interface SigningKey extends VerificationKey {
  privateKey: KeyObject;
  /** Keys that sign nothing, but what they have signed, or will sign soon, counts. */
  others?: SigningKey[];
}

const ALGORITHM = 'ES256';
const parties = { issuer: 'video-system', audience: 'api' };

/** jsonwebtoken takes a token without an expiry for one that never expires, so what must be there is asked for here. */
const claims = z.object({
  sub: z.uuid(),
  role: z.enum(['user', 'admin']),
  sid: z.uuid().optional(),
  exp: z.int(),
});

/**
 * Sign an access token: a JWT (RFC 7519) with the claims `sub` (the person's id), `role`, `sid` (the login's id, where
 * it has one), `iat`, `exp`, `iss` and `aud`.
 * @param lifeSeconds how long it is valid from `now` on
 */
export function signAccessToken(
  caller: Pick<Caller, 'personId' | 'role'> & Partial<Caller>,
  key: SigningKey,
  lifeSeconds: number,
  now = new Date(),
): string {
  return jwt.sign({ role: caller.role, ...sessionOf(caller), iat: inSeconds(now) }, key.privateKey, {
    ...parties,
    algorithm: ALGORITHM,
    keyid: key.kid,
    subject: caller.personId,
    expiresIn: lifeSeconds,
  });
}

/**
 * Check an access token. The algorithm is ours to choose, never the token's (RFC 8725, section 3.1).
 * @param token as it came, without the word Bearer
 * @param keys the keys that may have signed it; the token's `kid` says which one did
 * @returns who is calling
 * @throws ProblemError `unauthorized`, whatever is wrong with the token; no other error
 */
export function verifyAccessToken(token: string, keys: readonly VerificationKey[], now = new Date()): Caller {
  try {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = keys.find((candidate) => candidate.kid === kid);
    if (!key) throw new Error('The token names no key of ours');
    const payload = jwt.verify(token, publicKeyOf(key), {
      ...parties,
      algorithms: [ALGORITHM],
      clockTimestamp: inSeconds(now),
    });
    const { sub, role, sid } = claims.parse(payload);
    return { personId: sub, role, sessionId: sid ?? null, scope: 'write' };
  } catch {
    throw new ProblemError('unauthorized');
  }
}

const publicKeys = new WeakMap<VerificationKey, KeyObject>();

/** Reading a PEM costs as much as checking a signature; each gateway has few keys, and uses them for every request. */
function publicKeyOf(key: VerificationKey): KeyObject {
  const known = publicKeys.get(key) ?? createPublicKey(key.publicKeyPem);
  publicKeys.set(key, known);
  return known;
}

const sessionOf = ({ sessionId }: Partial<Caller>) => (sessionId ? { sid: sessionId } : {});

function inSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
