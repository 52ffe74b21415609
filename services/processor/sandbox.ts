/** What keeps an ffmpeg that was taken over by a hostile file away from everything else. */
export interface Sandbox {
  name: 'bubblewrap' | 'unshare' | 'none';
  /**
   * The command that ffmpeg is started through; empty where there is none.
   * @param file what ffmpeg is to read; its path stays the same
   */
  wrap(file?: string): string[];
}

/** The programs that make sandboxes, by absolute path; undefined where one is missing. */
export interface SandboxPrograms {
  bwrap: string | undefined;
  unshare: string | undefined;
}

export const noSandbox: Sandbox = { name: 'none', wrap: () => [] };

/** What programs need to start: libraries, and where they are. */
const SYSTEM = ['/usr', '/lib', '/lib32', '/lib64', '/bin', '/nix/store'];
const SYSTEM_FILES = ['/etc/ld.so.cache', '/etc/alternatives'];
const NOBODY = '65534';

/**
 * The sandboxes that could be, the strongest first. Whether one works here only a try can tell: containers often
 * forbid namespaces.
 * @param ffmpeg the absolute path of the program
 */
export function possibleSandboxes(ffmpeg: string, { bwrap, unshare }: SandboxPrograms): Sandbox[] {
  return [...(bwrap ? [bubblewrap(bwrap, ffmpeg)] : []), ...(unshare ? [namespaces(unshare)] : [])];
}

/**
 * No network, no other process, no capability; of the file system the system's programs, ffmpeg and the one file, all
 * read-only. It ends with us: even a `kill -9` leaves no ffmpeg behind. Whoever starts it must do so in a session of its
 * own, without a terminal that what runs inside could type into.
 */
function bubblewrap(path: string, ffmpeg: string): Sandbox {
  const readable = [...SYSTEM, ...SYSTEM_FILES, ffmpeg].flatMap((it) => ['--ro-bind-try', it, it]);
  const begin = [
    ...[path, '--unshare-all', '--unshare-user', '--uid', NOBODY, '--gid', NOBODY],
    ...['--die-with-parent', ...readable],
  ];
  return {
    name: 'bubblewrap',
    wrap: (file) => [
      ...begin,
      ...(file === undefined ? [] : ['--ro-bind', file, file]),
      ...['--remount-ro', '/', '--chdir', '/', '--'],
    ],
  };
}

/** No network and no capability; the file system is what it is, but for the limit on what is written. */
function namespaces(path: string): Sandbox {
  const command = [path, '--user', '--net', '--ipc', '--uts', '--'];
  return { name: 'unshare', wrap: () => command };
}
