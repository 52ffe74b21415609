import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { loadKeyFile } from '../../../lib/key-file.ts';

// Signing needs the secret itself, so it can't be kept as a hash; it is kept encrypted with a key outside the database.

const IV_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** Encrypts secrets for the database. */
export interface Safe {
  /** @param owner the webhook's id: what is sealed for one opens for no other */
  seal(secret: Buffer, owner: string): Buffer;
  /** @throws Error when it was sealed with another key or for another owner, or was changed */
  open(sealed: Buffer, owner: string): Buffer;
  /** @returns the same secret under the first key; null when it is, or can't be opened */
  renew(sealed: Buffer, owner: string): Buffer | null;
  /** Whether there is any other key that something could be sealed with. */
  hasOlderKeys: boolean;
}

/**
 * A safe with the key from a file: 32 bytes in base64. Further ones on lines behind it seal nothing, but open what they
 * have sealed, so that a key can be replaced.
 * @param options where the file is, and whether to make it when there is none
 * @throws Error with a sentence that names the file and what is wrong with it
 */
export async function loadSafe({
  file,
  makeIfMissing,
}: {
  file: string;
  makeIfMissing: boolean;
}): Promise<Safe> {
  const text = await loadKeyFile(
    { file, makeIfMissing, name: 'webhook key' },
    () => `${randomBytes(32).toString('base64')}\n`,
  );
  const keys = text.trim().split(/\s+/);
  if (!keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key))) {
    throw new Error(`The webhook key file ${file} does not hold 32 bytes in base64 on each line`);
  }
  const [key = '', ...others] = keys;
  return createSafe(Buffer.from(key, 'base64'), ...others.map((other) => Buffer.from(other, 'base64')));
}

/** @param key 32 bytes, as the others */
export function createSafe(key: Buffer, ...others: Buffer[]): Safe {
  const own = lockWith(key);
  const older = others.map(lockWith);
  const openOlder = (sealed: Buffer, owner: string) =>
    older.map((it) => it.open(sealed, owner)).find((secret) => secret !== null) ?? null;
  return {
    seal: own.seal,
    open: (sealed, owner) => {
      const secret = own.open(sealed, owner) ?? openOlder(sealed, owner);
      if (!secret) throw new Error(`The secret of webhook ${owner} opens with none of the keys`);
      return secret;
    },
    renew: (sealed, owner) => {
      const secret = own.open(sealed, owner) ? null : openOlder(sealed, owner);
      return secret && own.seal(secret, owner);
    },
    hasOlderKeys: older.length > 0,
  };
}

function lockWith(key: Buffer) {
  return {
    seal: (secret: Buffer, owner: string): Buffer => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
    },
    /** @returns null when it was sealed with another key or for another owner, or was changed */
    open: (sealed: Buffer, owner: string): Buffer | null => {
      const [iv, rest] = [sealed.subarray(0, IV_BYTES), sealed.subarray(IV_BYTES)];
      try {
        const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(owner))
          .setAuthTag(rest.subarray(0, TAG_BYTES));
        return Buffer.concat([decipher.update(rest.subarray(TAG_BYTES)), decipher.final()]);
      } catch {
        return null;
      }
    },
  };
}

/** 24 random bytes, as Standard Webhooks has it. */
export const newSecret = (): Buffer => randomBytes(24);

/** A secret as people see it, once. */
export const showSecret = (secret: Buffer): string => `whsec_${secret.toString('base64')}`;

/**
 * The headers that prove where a message comes from, after the Standard Webhooks specification (version 1.0.0).
 * @param secrets each gives a signature; the receiver needs one of them
 * @param sentAt receivers refuse what is older than some minutes, hence the time of this attempt
 */
export function signatureHeaders(
  { id, body }: { id: string; body: string },
  secrets: readonly Buffer[],
  sentAt: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
