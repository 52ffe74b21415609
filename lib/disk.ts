import { statfs } from 'node:fs/promises';
import { metrics } from './metrics.ts';

/** Measure the disk that a folder is on, in bytes. Where there is no such folder, nothing is told. */
export async function measureDisk(folder: string): Promise<void> {
  const disk = await statfs(folder).catch(() => undefined);
  if (!disk) return;
  metrics.diskFree.set(disk.bavail * disk.bsize);
  metrics.diskUsed.set((disk.blocks - disk.bfree) * disk.bsize);
}
