import { signal } from '@preact/signals';
import { rescueFocus } from './focus.ts';

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
  const remove = () => hideToast(id);
  toasts.value = [...toasts.value, { id, text, tone, ...(action && { action }) }];
  setTimeout(remove, seconds * 1000);
  return remove;
}

/** Take a message away; whoever was at one of its buttons goes on at the heading. */
export function hideToast(id: number): void {
  if (document.activeElement?.closest('.toasts')) rescueFocus();
  toasts.value = toasts.value.filter((it) => it.id !== id);
}
