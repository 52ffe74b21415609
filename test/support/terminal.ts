import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that believes a person sits in front of it. */
export interface Terminal {
  /** Everything that it has shown, with all control characters. */
  shown(): string;
  /** Press keys. */
  type(keys: string): void;
  /** Its exit code. */
  ended: Promise<number | null>;
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Run a program on a pseudo-terminal of its own, one that shows what is typed unless the program forbids it. */
export function openTerminal(command: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Terminal {
  const line = command.map(quoted).join(' ');
  const args = ['--quiet', '--return', '--flush', '--echo', 'always', '--command', line, '/dev/null'];
  const child = spawn('script', args, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  return {
    shown: () => shown,
    type: (keys) => void child.stdin.write(keys),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}
