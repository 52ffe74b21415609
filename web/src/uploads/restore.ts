import { keptSource, keptUploads, type KeptUpload } from './kept.ts';
import { ownUpload } from './owned.ts';
import { putUpload } from './queue.ts';
import { isReadable } from './sources.ts';
import { uploads, type UploadItem, type UploadState } from './uploads.ts';

/** Take up what an earlier page of this browser has not finished, except what another tab is at. */
export async function restoreUploads(personId: string): Promise<void> {
  for (const kept of await keptUploads(personId)) {
    const isShown = uploads.value.some(({ id }) => id === kept.id);
    if (!isShown && (await ownUpload(kept.id))) putUpload(await restored(kept));
  }
}

async function restored(kept: KeptUpload): Promise<UploadItem> {
  const source = (await keptSource(kept.id)) ?? null;
  const state: UploadState = !source
    ? 'needsFile'
    : kept.paused
      ? 'paused'
      : (await isReadable(source))
        ? 'waiting'
        : 'needsLeave';
  return { ...kept, state, source, speed: null, problem: null };
}
