/**
 * Text as PostgreSQL can keep it: without NUL and without halves of surrogate pairs.
 * @param text anything
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
