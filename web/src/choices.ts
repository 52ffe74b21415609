/**
 * What a person chose on this device; null when nothing is kept, or when the browser keeps nothing.
 * @param name under which it was written
 */
export function readChoice(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keep a choice on this device, where the browser allows. */
export function writeChoice(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // A full or a forbidden storage costs the memory of a choice only.
  }
}
