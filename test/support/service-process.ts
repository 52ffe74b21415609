import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const root = new URL('../../', import.meta.url);
const runner = ['node_modules/moleculer/bin/moleculer-runner.js', '--config', 'moleculer.config.ts'];

/** One process of the system, started as an operator starts it. */
export interface ServiceProcess {
  pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Undefined while it runs; then its exit code, or null when a signal ended it. */
  exitCode(): number | null | undefined;
  /** Send a signal, and wait for the end if it is one that ends. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
}

/**
 * Start a process with some or all of the services.
 * @param folders those of the services, `services` for all of them
 * @param env beside the variables of this process
 */
export function startServices(folders: string | string[], env: Record<string, string>): ServiceProcess {
  const args = [...runner, '--mask', '**/*.service.ts', ...[folders].flat()];
  const options = { cwd: root, env: { ...process.env, ...env } };
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exitCode: () => (hasEnded(child) ? child.exitCode : undefined),
    signal: (signal) => {
      child.kill(signal);
    },
    end: async (signal) => {
      if (!hasEnded(child)) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
