/** Segments begin with a letter or digit, so neither `.`, `..` nor a store's own hidden folders can be named. */
const key = /^[a-z0-9][a-z0-9._-]{0,127}(\/[a-z0-9][a-z0-9._-]{0,127}){0,7}$/;

/** The beginning of a key, up to anywhere. */
const prefix = /^([a-z0-9][a-z0-9._-]{0,127}(\/|$)){0,8}$/;

/** Whether an object may stand under this name. */
export const isKey = (candidate: string): boolean => key.test(candidate);

/**
 * Let only what a key can begin with through, so that a listing never leaves its store.
 * @throws TypeError
 */
export function validPrefix(candidate: string): string {
  if (!prefix.test(candidate)) throw new TypeError(`No object key begins with ${JSON.stringify(candidate)}`);
  return candidate;
}

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
