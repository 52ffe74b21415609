import { createHash, randomBytes } from 'node:crypto';

// An API key is `vsk_<id>_<secret>`: the id finds it, 32 random bytes prove it. Its beginning lets scanners of leaked
// secrets know it.

const FORM = /^vsk_([0-9a-f]{32})_([\w-]{43})$/;

/** A key as it travels between services: nobody who sees that can use it. */
export interface KeyDigest {
  /** A UUID. */
  id: string;
  /** Lowercase hex. */
  secretSha256: string;
}

/** Whether a Bearer token claims to be an API key and no access token. */
export const isApiKey = (token: string): boolean => token.startsWith('vsk_');

/**
 * What is looked up of a key.
 * @returns null when the text can't be one
 */
export function readApiKey(key: string): KeyDigest | null {
  const [, hex, secret] = FORM.exec(key) ?? [];
  if (hex === undefined || secret === undefined) return null;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { id, secretSha256: digestOfKeySecret(secret) };
}

/** The secret of a new key. 256 random bits need no slow hash. */
export const newKeySecret = (): string => randomBytes(32).toString('base64url');
/** What is stored of a secret, and compared. */
export const digestOfKeySecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex');

/** The key as its person gets it, once. */
export const writeApiKey = (id: string, secret: string): string => `vsk_${id.replaceAll('-', '')}_${secret}`;
/** The part of a key that may be shown. */
export const keyPrefix = (id: string): string => `vsk_${id.slice(0, 8)}`;
