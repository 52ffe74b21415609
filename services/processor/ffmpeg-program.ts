import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An ffmpeg that was found and tried. */
export interface FfmpegProgram {
  path: string;
  version: string;
  /** The command that sets resource limits before it becomes ffmpeg; empty where there is none. */
  limiter: string[];
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
  return { path, version, limiter: await findLimiter(limits) };
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
  const cpu = `--cpu=${timeoutSeconds * threads}`;
  const limiter = [path, cpu, `--as=${MAX_ADDRESS_SPACE_BYTES}`, '--fsize=0', '--core=0', '--'];
  return run(path, [...limiter.slice(1), path, '--version']).then(
    () => limiter,
    () => [],
  );
}
