import { readdir, readFile } from 'node:fs/promises';

/** Running processes whose command line contains a text. */
export async function processesWith(text: string): Promise<{ pid: number; line: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), line: line.replaceAll('\0', ' ') };
    }),
  );
  return found.filter(({ line }) => line.includes(text));
}

/** The command lines of running processes that contain a text. */
export const commandLinesWith = async (text: string): Promise<string[]> =>
  (await processesWith(text)).map(({ line }) => line);

/** Whether a process runs; one that has ended and only waits to be reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The state stands behind the command's name, which is in parentheses and may contain anything.
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z';
}
