const DAY_MS = 24 * 3600 * 1000;

/** How many days things are kept; 0 for ever. */
export interface Retention {
  /** After a video was made, or extracted once more. */
  sourceDays: number;
  /** After it was finished. */
  archiveDays: number;
}

export const keepForEver: Retention = { sourceDays: 0, archiveDays: 0 };

/** @returns when something from now on goes; null when it never does */
export const expiryOf = (days: number, now: Date): Date | null =>
  days === 0 ? null : new Date(now.getTime() + days * DAY_MS);

/**
 * Something is wanted once more: its time begins anew.
 * @param before when it would go; null when it never does, and that stays so
 * @returns never earlier than before
 */
export function prolonged(before: Date | null, days: number, now: Date): Date | null {
  const after = expiryOf(days, now);
  if (!before || !after) return null;
  return after > before ? after : before;
}
