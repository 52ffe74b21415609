/** Segments begin with a letter or digit, so neither `.`, `..` nor a store's own hidden folders can be named. */
const key = /^[a-z0-9][a-z0-9._-]{0,127}(\/[a-z0-9][a-z0-9._-]{0,127}){0,7}$/;

/**
 * Let only well-formed keys through. Keys are made by this system alone, so a bad one is a fault in the program.
 * @param candidate what should be a key, as `sources/0e0c…`
 * @returns the same key
 * @throws TypeError when it is none
 */
export function validKey(candidate: string): string {
  if (!key.test(candidate)) throw new TypeError(`Not an object key: ${JSON.stringify(candidate)}`);
  return candidate;
}

/** Objects below this prefix may come in pieces; see `ObjectStore.resumable`. */
export const RESUMABLE_PREFIX = 'uploads/';

/** @param key a valid key */
export const isResumable = (key: string): boolean => key.startsWith(RESUMABLE_PREFIX);
