import type { Source } from './kept.ts';

/** A file that was chosen, and the handle by which it can be found again, where the browser gives one. */
export interface ChosenFile {
  file: File;
  handle: FileSystemFileHandle | null;
}

/** A kept file is a copy on the person's disk: beyond this size it is not worth its room. */
const MOST_KEPT_BYTES = 2_000_000_000;

/** What to keep for going on after a reload. The file itself needs no permission, a handle needs no room. */
export const worthKeeping = ({ file, handle }: ChosenFile): Source | null =>
  file.size <= MOST_KEPT_BYTES ? file : handle;

/** Chrome’s, not yet in TypeScript’s own types. */
type AskableHandle = FileSystemFileHandle & {
  queryPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>;
  requestPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>;
};

/** Whether the browser lets us read a source without asking. */
export async function isReadable(source: Source): Promise<boolean> {
  if (source instanceof File) return true;
  const handle: AskableHandle = source;
  return (await handle.queryPermission?.({ mode: 'read' })) === 'granted';
}

/** Ask the person for leave to read; right after a click only. */
export async function askLeave(source: Source): Promise<boolean> {
  if (source instanceof File) return true;
  const handle: AskableHandle = source;
  return (await handle.requestPermission?.({ mode: 'read' })) === 'granted';
}

/** The file, if it is still there and readable. */
export async function fileOf(source: Source | null): Promise<File | null> {
  if (!source) return null;
  try {
    const file = source instanceof File ? source : await source.getFile();
    // A file that was moved away or changed fails here, not in the middle.
    await file.slice(0, 1).arrayBuffer();
    return file;
  } catch {
    return null;
  }
}

/** What was dropped, with handles where the browser gives them. Call it in the event itself. */
export function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  return Promise.all(
    items.map(async (item) => {
      const file = item.getAsFile();
      const handle = await handleOf(item);
      return file && { file, handle };
    }),
  ).then((all) => all.filter((it) => it !== null));
}

interface HandleItem {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

async function handleOf(item: DataTransferItem & HandleItem): Promise<FileSystemFileHandle | null> {
  const handle = await item.getAsFileSystemHandle?.().catch(() => null);
  return handle instanceof FileSystemFileHandle ? handle : null;
}
