import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SigningKey } from '../../lib/access-token.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what a database may hold but nobody may read there. */
export interface SecretBox {
  /** @param owner of the secret; it opens for them alone */
  seal(secret: Uint8Array, owner: string): string;
  /** @returns null when it was sealed with another key, for somebody else, or was changed */
  open(sealed: string, owner: string): Buffer<ArrayBuffer> | null;
}

/** A box with older keys beside its own. */
export interface AgingBox extends SecretBox {
  /** @returns the same secret under its own key; null when there is nothing to do, or it can't be opened */
  renew(sealed: string, owner: string): string | null;
  /** Whether there is any other key that something could be sealed with. */
  hasOlderKeys: boolean;
}

/**
 * A box whose key is derived (HKDF, RFC 5869) from the key that signs access tokens, so that there is one secret file
 * to keep. What was sealed with one of its other keys opens, too; whoever takes a key away makes that unreadable.
 */
export function createSecretBox({
  others = [],
  ...key
}: Pick<SigningKey, 'privateKey' | 'others'>): AgingBox {
  const box = boxOf(key);
  const older = others.map(boxOf);
  const openOlder = (sealed: string, owner: string) =>
    older.map((one) => one.open(sealed, owner)).find((it) => it !== null) ?? null;
  return {
    seal: (secret, owner) => box.seal(secret, owner),
    open: (sealed, owner) => box.open(sealed, owner) ?? openOlder(sealed, owner),
    renew: (sealed, owner) => {
      if (box.open(sealed, owner)) return null;
      const secret = openOlder(sealed, owner);
      return secret && box.seal(secret, owner);
    },
    hasOlderKeys: older.length > 0,
  };
}

function boxOf({ privateKey }: Pick<SigningKey, 'privateKey'>): SecretBox {
  const material = privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = Buffer.from(hkdfSync('sha256', material, '', 'video-system second factors', 32));
  return {
    seal: (secret, owner) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(owner));
      return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open: (sealed, owner) => {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return null;
      }
    },
  };
}
