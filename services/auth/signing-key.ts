import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SigningKey } from '../../lib/access-token.ts';

interface KeyFile {
  file: string;
  makeIfMissing: boolean;
}

/**
 * The key that signs access tokens, from a PEM file with an EC P-256 private key.
 * @param options where it is, and whether to make it when there is none; processes that start at once end with the same key
 * @returns the key; its kid is its JWK thumbprint (RFC 7638)
 * @throws Error with a sentence that names the file and what is wrong with it
 */
export async function loadSigningKey({ file, makeIfMissing }: KeyFile): Promise<SigningKey> {
  const pem = (await read(file)) ?? (makeIfMissing ? await make(file) : null);
  if (pem === null) throw new Error(`The signing key file ${file} does not exist`);
  const privateKey = parsePrivateKey(pem, file);
  const publicKey = createPublicKey(privateKey);
  return {
    kid: thumbprint(publicKey),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey,
  };
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw new Error(`The signing key file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

/** A whole file is linked into its place, which works once only: whoever comes second takes the first one's key. */
async function make(file: string): Promise<string | null> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, pem, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, file);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') {
      throw new Error(`The signing key file ${file} cannot be made: ${String(cause)}`, { cause });
    }
  } finally {
    await rm(draft, { force: true });
  }
  return read(file);
}

function parsePrivateKey(pem: string, file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`The signing key file ${file} holds no private key in PEM form without a passphrase`, {
      cause,
    });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error(`The signing key file ${file} holds a private key that is not EC P-256`);
  }
  return key;
}

/** The id of a P-256 key after RFC 7638, section 3: the SHA-256 of the required members, in alphabetical order, without spaces. */
export function thumbprint(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
