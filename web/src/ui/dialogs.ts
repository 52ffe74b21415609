import { signal } from '@preact/signals';

/** The dialogs that are open, the one on top last. What stands outside of it can be neither reached nor heard. */
export const openDialogs = signal<readonly symbol[]>([]);

/**
 * Note that a dialog is open.
 * @returns to be called when it is closed
 */
export function noteDialog(dialog: symbol): () => void {
  openDialogs.value = [...openDialogs.value, dialog];
  return () => {
    openDialogs.value = openDialogs.value.filter((it) => it !== dialog);
  };
}
