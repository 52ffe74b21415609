import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** How long a build may take, with everything to be fetched. */
const MAX_MS = 15 * 60_000;

/**
 * Run a program, and wait.
 * @param env what it finds in its environment besides ours
 * @returns what it printed to its standard output, without white space around it
 * @throws Error with the end of what it printed, when it fails
 */
export async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, {
    timeout: MAX_MS,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${all.slice(-3000)}`);
  return output.trim();
}

/** Whether a program can be run here. */
export const isThere = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
