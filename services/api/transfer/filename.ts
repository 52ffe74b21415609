const MAX_LENGTH = 255;

/**
 * A filename that a person gave, made fit to be shown and offered for saving: no folders, no control or direction-
 * changing characters, at most 255 characters (its ending is kept).
 * @param given whatever the client sent
 * @returns the name; `video` when nothing is left of it
 */
export function cleanFilename(given: string | undefined): string {
  const base = (given ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const visible = base.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  const name = /^\.*$/.test(visible) ? 'video' : visible;
  if (name.length <= MAX_LENGTH) return name;
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  return (name.slice(0, MAX_LENGTH - ending.length) + ending).toWellFormed();
}
