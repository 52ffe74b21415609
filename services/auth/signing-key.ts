import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SigningKey } from '../../lib/access-token.ts';
import { loadKeyFile } from '../../lib/key-file.ts';

interface KeyFile {
  file: string;
  makeIfMissing: boolean;
}

/**
 * The key that signs access tokens, from a PEM file with an EC P-256 private key; further ones behind it are taken for
 * good, so that a key can be replaced while what the last one has signed still lives.
 * @param options where it is, and whether to make it when there is none; processes that start at once end with the same key
 * @returns the key; its kid is its JWK thumbprint (RFC 7638)
 * @throws Error with a sentence that names the file and what is wrong with it
 */
export async function loadSigningKey({ file, makeIfMissing }: KeyFile): Promise<SigningKey> {
  const pem = await loadKeyFile({ file, makeIfMissing, name: 'signing key' }, newPem);
  const [current = pem, ...others] = pem.match(PEM_BLOCKS) ?? [];
  const key = readKey(current, file);
  return others.length === 0 ? key : { ...key, others: others.map((other) => readKey(other, file)) };
}

const PEM_BLOCKS = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g;

function readKey(pem: string, file: string): SigningKey {
  const privateKey = parsePrivateKey(pem, file);
  const publicKey = createPublicKey(privateKey);
  return {
    kid: thumbprint(publicKey),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey,
  };
}

function newPem(): string | Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' });
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
