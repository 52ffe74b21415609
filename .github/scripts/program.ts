import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';

/** What went wrong, with a code that stays the same. */
export class Fault extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/**
 * Run a program and return what it printed.
 * @throws Fault `program_failed` with the end of its output
 */
export function run(program: string, args: string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status === 0) return stdout;
  const told = error?.message ?? `${stdout}${stderr}`.slice(-2000);
  throw new Fault('program_failed', `${program} ${args.join(' ')}: ${told}`);
}

/** A variable of the environment that must be there. */
export function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Fault('not_given', `${name} is not set`);
  return value;
}

/** Put out a value for the steps that follow; without a workflow, print it. */
export function output(name: string, value: string): void {
  const line = `${name}=${value}\n`;
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, line);
  process.stdout.write(line);
}

/** Run a command: what goes wrong is a sentence with a code, and exit code 1. */
export async function command(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = error instanceof Fault ? error.code : 'failed';
    console.error(`${code}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
