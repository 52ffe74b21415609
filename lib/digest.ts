import { createHash } from 'node:crypto';

/** A digest of several words, for tables whose readers should learn none of them. */
export function digest(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
