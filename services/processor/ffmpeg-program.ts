import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { noSandbox, possibleSandboxes, type Sandbox } from './sandbox.ts';

const run = promisify(execFile);

/** An ffmpeg that was found and tried. */
export interface FfmpegProgram {
  path: string;
  version: string;
  /** The command that sets resource limits before it becomes ffmpeg; empty where there is none. */
  limiter: string[];
  /** What it runs in. */
  sandbox: Sandbox;
}

/** What bounds every ffmpeg run. */
export interface RunLimits {
  maxPixels: number;
  timeoutSeconds: number;
  /** How many threads one ffmpeg may use for decoding and for encoding. */
  threads: number;
}

/** Address space, not memory in use: decoding 8K on eight threads reserves about half of it. */
const MAX_ADDRESS_SPACE_BYTES = 8 * 1024 ** 3;

/** How much CPU time ffmpeg has to end when it has used up what it may. */
const CPU_GRACE_SECONDS = 10;

/** The limiter's options; first ffmpeg is asked, so that we hear of it: the signal at the hard limit could have come from anybody. */
const limitTo = (cpuSeconds: number, addressSpaceBytes: number) => [
  `--cpu=${cpuSeconds}:${cpuSeconds + CPU_GRACE_SECONDS}`,
  `--as=${addressSpaceBytes}`,
];

/** What an ffmpeg process needs of the environment: nothing but plain messages. */
export const childEnvironment = { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' } as const;

const HOW_TO_GET_IT =
  'Install it (Debian and Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg) or set FFMPEG_PATH to the path of an ffmpeg program.';

/**
 * Find the ffmpeg to use and try it: the configured one, else the one of the optional package ffmpeg-static, else
 * `ffmpeg` on the PATH.
 * @param configured a path or a name on the PATH, when the person chose one
 * @param limits what each run will be limited to
 * @throws Error with a sentence that says how to get ffmpeg
 */
export async function findFfmpeg(configured: string | undefined, limits: RunLimits): Promise<FfmpegProgram> {
  const wanted = configured ?? ffmpegStaticPath() ?? 'ffmpeg';
  const path = await onPath(wanted);
  if (!path) throw new Error(`No ffmpeg was found at “${wanted}”. ${HOW_TO_GET_IT}`);
  const version = await ffmpegVersion(path);
  if (!version) throw new Error(`“${path}” is not an ffmpeg that runs here. ${HOW_TO_GET_IT}`);
  const limiter = await findLimiter(limits);
  return { path, version, limiter, sandbox: await findSandbox(path, limiter) };
}

/**
 * The program for a run that needs less than a decoder does; where nothing can be limited it stays as it is.
 * @param cpuSeconds no more than all runs may take
 */
export function tighten(
  program: FfmpegProgram,
  cpuSeconds: number,
  addressSpaceBytes: number,
): FfmpegProgram {
  const [path] = program.limiter;
  if (path === undefined) return program;
  // What has been limited can always be limited further.
  const limiter = [...program.limiter, path, ...limitTo(cpuSeconds, addressSpaceBytes), '--'];
  return { ...program, limiter };
}

/** What an operator is told of a program at the start. */
export function describeFfmpeg({ path, version, limiter, sandbox }: FfmpegProgram): string {
  const limited = limiter.length > 0 ? 'with' : 'without';
  return `ffmpeg ${version} at ${path}, ${limited} resource limits, sandbox: ${sandbox.name}`;
}

/**
 * Try the program again; it may have been removed since the start.
 * @throws Error when it does not run any more
 */
export async function checkFfmpeg(program: FfmpegProgram): Promise<void> {
  if (!(await ffmpegVersion(program.path))) throw new Error(`“${program.path}” does not run any more`);
}

/** The package downloads its binary when it is installed; where that was not possible, the file is missing. */
function ffmpegStaticPath(): string | undefined {
  try {
    const path: unknown = createRequire(import.meta.url)('ffmpeg-static');
    return typeof path === 'string' && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A name becomes an absolute path once, because ffmpeg itself runs without a PATH. */
async function onPath(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', name]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

async function ffmpegVersion(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['-hide_banner', '-version'], { env: childEnvironment });
    return /^ffmpeg version (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Linux can limit CPU time, address space and written files (none: everything goes through pipes). A container may
 * forbid it, so it is tried, not only looked for.
 */
async function findLimiter({ timeoutSeconds, threads }: RunLimits): Promise<string[]> {
  const path = process.platform === 'linux' ? await onPath('prlimit') : undefined;
  if (!path) return [];
  const most = limitTo(timeoutSeconds * threads, MAX_ADDRESS_SPACE_BYTES);
  const limiter = [path, ...most, '--fsize=0', '--core=0', '--'];
  return run(path, [...limiter.slice(1), path, '--version']).then(
    () => limiter,
    () => [],
  );
}

/** A sandbox counts when ffmpeg starts in it, under its limits. */
async function findSandbox(ffmpeg: string, limiter: string[]): Promise<Sandbox> {
  if (process.platform !== 'linux') return noSandbox;
  const programs = { bwrap: await onPath('bwrap'), unshare: await onPath('unshare') };
  for (const sandbox of possibleSandboxes(ffmpeg, programs)) {
    if (await startsIn(sandbox, limiter, ffmpeg)) return sandbox;
  }
  return noSandbox;
}

/** Whether ffmpeg starts in a sandbox with a file to read. */
export function startsIn(sandbox: Sandbox, limiter: string[], ffmpeg: string): Promise<boolean> {
  const [command, ...args] = [...sandbox.wrap(ffmpeg), ...limiter, ffmpeg, '-version'];
  return run(command, args, { cwd: '/', env: childEnvironment }).then(
    ({ stdout }) => stdout.startsWith('ffmpeg version'),
    () => false,
  );
}
