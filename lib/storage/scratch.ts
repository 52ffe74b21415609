import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The processes that share a host name see each other; containers have one each. */
const ours = `video-system-scratch-${hostname()}-`;
/** A container's next process can have the id of the one before. */
const thisLife = `${process.pid}-${randomUUID()}`;

/**
 * Make a folder for temporary files; whoever asks for it removes it. What killed processes left is removed first.
 * @param parent an existing folder
 * @returns its path
 */
export async function makeScratchFolder(parent: string): Promise<string> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(ours));
  for (const name of names.filter((it) => isLeft(it.slice(ours.length)))) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${ours}${thisLife}-`));
}

function isLeft(owner: string): boolean {
  if (owner.startsWith(thisLife)) return false;
  const pid = Number.parseInt(owner, 10);
  return pid === process.pid || !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
