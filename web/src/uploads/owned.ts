const held = new Map<string, () => void>();

/**
 * Make an upload this tab's own, so that no other tab sends the same bytes.
 * @returns false when another tab has it
 */
export function ownUpload(id: string): Promise<boolean> {
  // Locks exist on secure origins only; elsewhere the server's own lock keeps two writers apart.
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`upload-${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>((release) => held.set(id, release));
    });
  });
}

/** Leave it to others. */
export function releaseUpload(id: string): void {
  held.get(id)?.();
  held.delete(id);
}
