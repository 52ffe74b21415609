import { readdir, readFile } from 'node:fs/promises';

/** What the processes below this one took. */
interface Cost {
  /** The most memory that all of them had at once. */
  peakBytes: number;
  /** The most ffmpegs at once. */
  mostFfmpegs: number;
  /** The names of those that still run in the end. */
  left: string[];
  /** The CPU time of all of them, as far as it was seen. */
  cpuSeconds: number;
}

interface Child {
  pid: number;
  name: string;
  bytes: number;
  cpuSeconds: number;
}

const LOOK_MS = 50;
/** What Linux counts CPU time in, for programs. */
const TICKS_PER_SECOND = 100;

/** Watch the processes that this one starts, by looking often. */
export function watchChildren(): { end(): Promise<Cost> } {
  const cost: Cost = { peakBytes: 0, mostFfmpegs: 0, left: [], cpuSeconds: 0 };
  const seconds = new Map<number, number>();
  let looking: Promise<void> | undefined;
  const look = async () => {
    const children = await descendants(process.pid);
    cost.peakBytes = Math.max(
      cost.peakBytes,
      children.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    cost.mostFfmpegs = Math.max(cost.mostFfmpegs, children.filter(({ name }) => name === 'ffmpeg').length);
    cost.left = children.map(({ name }) => name);
    for (const { pid, cpuSeconds } of children) seconds.set(pid, Math.max(cpuSeconds, seconds.get(pid) ?? 0));
    cost.cpuSeconds = [...seconds.values()].reduce((sum, each) => sum + each, 0);
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
    cpuSeconds: await cpuSecondsOf(pid),
  };
}

/** Of user and system, by proc(5); 0 of a process that has just gone. */
async function cpuSecondsOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // Counted from behind the name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}
