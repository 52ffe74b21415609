import { signal } from '@preact/signals';

/** A short message that goes away by itself. */
export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'good' | 'bad';
  action?: { label: string; run: () => void };
}

interface ToastOptions {
  tone?: Toast['tone'];
  /** What can be done about it while it is shown. */
  action?: Toast['action'];
  seconds?: number;
}

/** What is shown now, the newest last. */
export const toasts = signal<Toast[]>([]);

let lastId = 0;

/**
 * Show a message, and tell it to screen readers.
 * @returns a function that takes it away
 */
export function showToast(
  text: string,
  { tone = 'info', action, seconds = 6 }: ToastOptions = {},
): () => void {
  const id = ++lastId;
  const remove = () => {
    toasts.value = toasts.value.filter((it) => it.id !== id);
  };
  toasts.value = [...toasts.value, { id, text, tone, ...(action && { action }) }];
  setTimeout(remove, seconds * 1000);
  return remove;
}
