import { readdir, readFile } from 'node:fs/promises';

/** What the processes below this one took. */
interface Cost {
  /** The most memory that all of them had at once. */
  peakBytes: number;
  /** The most ffmpegs at once. */
  mostFfmpegs: number;
  /** The names of those that still run in the end. */
  left: string[];
}

interface Child {
  name: string;
  bytes: number;
}

const LOOK_MS = 50;

/** Watch the processes that this one starts, by looking often. */
export function watchChildren(): { end(): Promise<Cost> } {
  const cost: Cost = { peakBytes: 0, mostFfmpegs: 0, left: [] };
  let looking: Promise<void> | undefined;
  const look = async () => {
    const children = await descendants(process.pid);
    cost.peakBytes = Math.max(
      cost.peakBytes,
      children.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    cost.mostFfmpegs = Math.max(cost.mostFfmpegs, children.filter(({ name }) => name === 'ffmpeg').length);
    cost.left = children.map(({ name }) => name);
  };
  const timer = setInterval(() => {
    // On a crowded machine a look takes longer than it is to the next one: those may not queue up.
    looking ??= look().finally(() => (looking = undefined));
  }, LOOK_MS);
  return {
    end: async () => {
      clearInterval(timer);
      await looking;
      await look();
      return cost;
    },
  };
}

/** The running processes below one; those that have ended and only wait to be reaped are not counted. */
export async function descendants(root: number): Promise<Child[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(pids.map(statusOf))).filter((it) => it !== undefined);
  const below = (parent: number): Child[] =>
    all.filter((it) => it.parent === parent).flatMap((it) => [it, ...below(it.pid)]);
  return below(root);
}

async function statusOf(pid: string) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(status)?.[1] ?? '';
  if (status === '' || field('State').startsWith('Z')) return undefined;
  return {
    pid: Number(pid),
    parent: Number(field('PPid')),
    name: field('Name'),
    bytes: Number.parseInt(field('VmRSS') || '0', 10) * 1024,
  };
}
