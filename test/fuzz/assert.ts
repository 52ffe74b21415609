/** @throws when something is not as it must be */
export function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
