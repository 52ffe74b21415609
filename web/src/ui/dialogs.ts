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

/**
 * Where nothing has the focus any more, because what had it is gone, put it on the heading of what is shown: whoever works
 * with the keyboard would begin at the top of the page.
 */
export function rescueFocus(): void {
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    const headings = document.querySelectorAll<HTMLElement>('.view-title, dialog[open] .dialog-head h2');
    const heading = [...headings].at(-1);
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });
}
