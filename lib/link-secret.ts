import { createHash, randomBytes } from 'node:crypto';

/** What a download link's URL ends with: 32 random bytes, in base64url. */
export const newLinkSecret = () => randomBytes(32).toString('base64url');

/**
 * What is known of a secret outside of its URL.
 * @returns lowercase hex; null when the text can't be a secret
 */
export function digestOfSecret(secret: string): string | null {
  if (!/^[\w-]{43}$/.test(secret)) return null;
  return createHash('sha256').update(secret).digest('hex');
}

/** A request's URL as it may stand in a log: whoever knows the secret of a link can do what it is for. */
export const hideSecret = (url: string | undefined) =>
  url?.replace(/(\/(?:links|exports|unsubscribe)\/)[^/?]+/i, '$1***');
