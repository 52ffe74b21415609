import { computed, signal } from '@preact/signals';
import type { KeptUpload, Source } from './kept.ts';

/**
 * Where an upload stands. `needsFile`: the browser has forgotten the file, the person must choose it again.
 * `needsLeave`: it knows where the file is, but must be allowed to read it. `lost`: no connection; it goes on by itself.
 */
export type UploadState = 'waiting' | 'sending' | 'paused' | 'failed' | 'lost' | 'needsFile' | 'needsLeave';

/** An upload as the page shows it. */
export interface UploadItem extends KeptUpload {
  state: UploadState;
  source: Source | null;
  /** In bytes a second, smoothed. */
  speed: number | null;
  problem: unknown;
}

/** The uploads of this tab, in the order in which they were chosen. */
export const uploads = signal<UploadItem[]>([]);

/** Whether leaving the page would interrupt something. */
export const isUploading = computed(() =>
  uploads.value.some(({ state }) => state === 'sending' || state === 'waiting'),
);

/** An upload of this page, whatever its state. */
export const findUpload = (id: string): UploadItem | undefined => uploads.value.find((it) => it.id === id);

/** Change what is known of an upload; nothing when it is gone. */
export function changeUpload(id: string, change: Partial<UploadItem>): void {
  uploads.value = uploads.value.map((it) => (it.id === id ? { ...it, ...change } : it));
}
