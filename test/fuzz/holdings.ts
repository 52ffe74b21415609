import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { descendants } from '../support/children.ts';
import { eventually } from '../support/eventually.ts';

/** How much a process may hold after thousands of attacks that it did not hold before. */
const MAX_GROWTH_BYTES = 250 * 1024 ** 2;
const MAX_MORE_DESCRIPTORS = 20;
/** What is under way may end first. */
const SETTLE_MS = 120_000;

/** Who could leak. */
export interface Watched {
  pid: number;
  /** What stands now where only that process writes: drafts, scratch files, objects. */
  files: () => Promise<string[]>;
  /** Left out, the usual. */
  maxGrowthBytes?: number;
}

interface Holdings {
  rssBytes: number;
  descriptors: number;
  /** Names of all processes below it. */
  children: string[];
  files: string[];
}

/**
 * Note what a process holds before it is attacked.
 * @returns to be called behind the last attack; it gives a line for the report, and throws when more is held than before
 */
export async function watchHoldings(watched: Watched): Promise<() => Promise<string>> {
  const before = await holdingsOf(watched);
  return async () => {
    let after = before;
    const isAsBefore = async () => {
      after = moreThan(before, await holdingsOf(watched));
      return (
        after.rssBytes - before.rssBytes < (watched.maxGrowthBytes ?? MAX_GROWTH_BYTES) &&
        after.descriptors - before.descriptors <= MAX_MORE_DESCRIPTORS &&
        after.children.length === 0 &&
        after.files.length === 0
      );
    };
    await eventually(isAsBefore, 'as little to be held as before', SETTLE_MS).catch(() => {
      const names = [...after.children, ...after.files].slice(0, 10).join(', ');
      throw new Error(`More is held than before: ${describe(before, after)} (${names})`);
    });
    return describe(before, after);
  };
}

/** Files in folders that may not be there, by their paths. */
export async function filesBelow(...folders: string[]): Promise<string[]> {
  const found = folders.map(async (folder) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((it) => !it.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  });
  return (await Promise.all(found)).flat();
}

async function holdingsOf({ pid, files }: Watched): Promise<Holdings> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  const children = (await descendants(pid)).map(({ name }) => name);
  const open = await openBy(pid);
  // A file that was deleted keeps its place on the disk for as long as somebody has it open.
  const deleted = open.filter((target) => target.endsWith(' (deleted)') && !/^\/(dev|memfd)/.test(target));
  return {
    rssBytes: kilobytes * 1024,
    descriptors: open.length,
    children,
    files: [...(await files()), ...deleted],
  };
}

/** What the descriptors of a process stand for. */
async function openBy(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  return Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
}

/** A database or a broker that runs below it was there before, under the same name; it may have more processes now. */
const moreThan = (before: Holdings, after: Holdings): Holdings => ({
  ...after,
  children: after.children.filter((name) => !before.children.includes(name)),
  files: after.files.filter((path) => !before.files.includes(path)),
});

const MB = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const describe = (before: Holdings, after: Holdings) =>
  `memory ${MB(before.rssBytes)} → ${MB(after.rssBytes)}, descriptors ${before.descriptors} → ${after.descriptors}, ` +
  `processes left ${after.children.length}, files left ${after.files.length}`;
