import { randomUUID } from 'node:crypto';
import { imageOf, type ServiceName } from './build.ts';
import { run } from './program.ts';

/**
 * podman's arguments for a container that may do nothing: no capabilities, nothing to write to but /tmp and /data.
 * It shares this machine's network, because the stores listen on the loopback address only.
 */
export function containerArgs(more: string[]): string[] {
  return [
    ...['--runtime', 'runc', '--cgroup-manager', 'cgroupfs', 'run', ...more],
    ...['--network', 'host', '--read-only', '--read-only-tmpfs=false'],
    ...['--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    ...['--tmpfs', '/tmp:rw,size=1g,mode=1777', '--tmpfs', '/data:rw,size=64m,mode=1777'],
    // Its timers need systemd; the checks ask for themselves.
    '--no-healthcheck',
    ...['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'],
  ];
}

/** One running container of a service. */
export interface Container {
  /** Whether the image's own health check passes. */
  isHealthy(): Promise<boolean>;
  /** SIGTERM, then SIGKILL when it takes longer than that; resolves to its exit code and how long it took. */
  stop(graceSeconds: number): Promise<{ code: number; seconds: number }>;
  /** What it has said, or the last lines of it. */
  output(lines?: number): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Start a service as it is meant to run.
 * @param env what it is configured with
 * @param keys a folder with keys, for /keys
 * @param more arguments of `podman run`
 */
export async function startContainer(
  service: ServiceName,
  env: Record<string, string>,
  keys: string,
  more: string[] = [],
): Promise<Container> {
  const name = `check-images-${service}-${randomUUID().slice(0, 8)}`;
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  // Processes are told apart by host and process id, and a shared network would share the host's name.
  const own = ['--hostname', name, '--detach', '--name', name, '--volume', `${keys}:/keys:ro`, ...variables];
  await run('podman', [...containerArgs([...own, ...more]), imageOf(service)]);
  return {
    isHealthy: () =>
      run('podman', ['exec', name, 'node', 'scripts/health.ts']).then(
        () => true,
        () => false,
      ),
    stop: async (graceSeconds) => {
      const begun = performance.now();
      await run('podman', ['stop', '--time', String(graceSeconds), name]);
      const seconds = (performance.now() - begun) / 1000;
      const code = Number(await run('podman', ['inspect', '--format', '{{.State.ExitCode}}', name]));
      return { code, seconds };
    },
    output: (lines = -1) => run('sh', ['-c', 'podman logs --tail "$2" "$1" 2>&1', 'sh', name, String(lines)]),
    remove: async () => {
      await run('podman', ['rm', '--force', '--time', '0', name]);
    },
  };
}
