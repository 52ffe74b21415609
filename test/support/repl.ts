import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

const root = new URL('../../', import.meta.url);
const runner = [
  'node_modules/moleculer/bin/moleculer-runner.js',
  '--repl',
  '--config',
  'moleculer.config.ts',
];
const PROMPT = 'mol $ ';

/** A REPL as an operator sees it: a process of its own. */
export interface Repl {
  /** Type a line; resolves to what is printed until the next prompt. */
  ask(line: string): Promise<string>;
  /** End its input, as Ctrl-D does; resolves to its exit code. */
  leave(): Promise<number | null>;
  /** Everything it has printed. */
  output(): string;
}

/**
 * Start a REPL and wait for its prompt, or for its end.
 * @param args folders of services to run in the same process; none when it only attaches
 */
export async function startRepl(env: Record<string, string>, args: string[] = []): Promise<Repl> {
  const child = spawn(process.execPath, [...runner, ...args], {
    cwd: root,
    env: { ...process.env, LOG_LEVEL: 'fatal', ...env },
    stdio: 'pipe',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = once(child, 'exit');
  const isPrompted = () => output.endsWith(PROMPT) || child.exitCode !== null;
  await eventually(isPrompted, 'the prompt of the REPL');
  return {
    ask: async (line) => {
      const before = output.length;
      child.stdin.write(`${line}\n`);
      await eventually(() => output.length > before && isPrompted(), `the answer to ${line}`, 60_000);
      return output.slice(before, -PROMPT.length).trimEnd();
    },
    leave: async () => {
      child.stdin.end();
      await exited;
      return child.exitCode;
    },
    output: () => output,
  };
}
