import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { kill } from 'node:process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { failSpan, startSpan } from '../../lib/tracing/trace.ts';
import { ExtractionFailure, transientFailure } from './extraction-failure.ts';
import { childEnvironment, type FfmpegProgram, type RunLimits } from './ffmpeg-program.ts';
import { boundedLines } from './lines.ts';
import { noteCost } from './measure.ts';

/** A running ffmpeg: what it writes, and how it ends. */
export interface FfmpegRun {
  /** What it reads as `pipe:0`; closed at once unless the run was started to be fed. */
  stdin: Writable;
  stdout: Readable;
  /** What it writes to `pipe:3`. */
  extra: Readable;
  /**
   * Settles when all that it said was read; never rejects. Who reads no pictures meanwhile may wait for this, and not
   * for `exit`: Node tells the end of a process only when all its output was read.
   */
  told: Promise<void>;
  /** Resolves to the exit code when the process has ended; a signal that we did not send is a failure. */
  exit(): Promise<number>;
  /** The end of standard error, for the log. */
  messages(): string;
  /** Kill the process, if it still runs, and wait for its end. */
  stop(): Promise<void>;
}

/**
 * Real containers and raw streams only. Playlists, concat scripts, SDP, image sequences and devices can name further
 * files or hosts and are left out. Plain sound formats are here so that their sender hears what is wrong.
 */
const CONTAINERS = [
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,mxf,gxf,dv,nut,rm,wtv,ivf,gif',
  'h261,h263,h264,hevc,m4v,vc1,obu,av1,yuv4mpegpipe',
  'mp3,wav,flac,aac,ac3,aiff',
].join(',');

const MAX_ALLOCATION_BYTES = 1024 ** 3;
/** As many as ffmpeg takes unless told otherwise; each costs a decoder's memory. */
const MAX_STREAMS = 1000;
const MESSAGES_KEPT = 40;
/** What a terminal might obey: messages repeat words of the file. */
const CONTROLS = /\p{Cc}/gu;
/** A signal that it can handle makes ffmpeg finish its output as if the input ended there. */
const INTERRUPTED = /^Exiting normally, received signal (\d+)/;
const INTERRUPTED_CODE = 255;
/** Busy where it looks for no signal, it gives up at the fourth; nobody but the limit of CPU time sends so many. */
const TORN_AWAY = 'Received > 3 system signals, hard exiting';
const TORN_AWAY_CODE = 123;
/** What shells and sandboxes add to the number of the signal that has ended a program. */
const BY_SIGNAL = 128;
/** Signals that end an ffmpeg; other codes above 128 are ffmpeg's own. */
const DEADLY = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGXCPU'] as const;

/**
 * The arguments that every run on a person's file starts with: no keyboard, no other protocol, format or file.
 * @param path the absolute path of the local file
 */
export function inputArguments(path: string, limits: RunLimits): string[] {
  return [
    ...commonArguments(limits),
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS],
    ...['-max_streams', String(MAX_STREAMS), '-reinit_filter', '0', '-i', `file:${path}`],
  ];
}

/** As {@link inputArguments}, for a run that is fed Matroska whose timestamps mean something: they stay as they are. */
export function fedArguments(limits: RunLimits): string[] {
  return [
    ...[
      ...commonArguments(limits),
      '-copyts',
      '-protocol_whitelist',
      'pipe',
      '-format_whitelist',
      'matroska',
    ],
    // Its rate means nothing, so it is not measured.
    ...['-f', 'matroska', '-fpsprobesize', '0', '-reinit_filter', '0', '-i', 'pipe:0'],
  ];
}

function commonArguments({ maxPixels, threads }: RunLimits): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-benchmark', '-loglevel', 'repeat+info'],
    ...['-max_alloc', String(MAX_ALLOCATION_BYTES)],
    ...['-max_pixels', String(maxPixels), '-threads', String(threads)],
  ];
}

/** Where a run takes its video from: the absolute path of a file, or its standard input, which will be written to. */
type Input = { file: string } | 'fed';

/**
 * Start ffmpeg in its sandbox with limits and a minimal environment.
 * @param onLine gets each line of standard error
 * @param signal kills the process
 */
export function startFfmpeg(
  program: FfmpegProgram,
  input: Input,
  args: string[],
  onLine: (line: string) => void,
  signal: AbortSignal,
): FfmpegRun {
  signal.throwIfAborted();
  const { path, limiter, sandbox } = program;
  const wrapped = sandbox.wrap(input === 'fed' ? undefined : input.file);
  const [command = path, ...rest] = [...wrapped, ...limiter, path, ...args];
  const child = spawn(command, rest, {
    cwd: '/',
    env: childEnvironment,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A group, and a session without a terminal, of its own: the sandbox around ffmpeg is killed together with it.
    detached: true,
  });
  // A process that could not be started has no pipes; its end tells why.
  const extra = (child.stdio[3] as Readable | undefined) ?? new PassThrough().end();
  child.stdin.on('error', () => undefined);
  if (input !== 'fed') child.stdin.end();
  const killAll = () => killGroup(child);
  signal.addEventListener('abort', killAll, { once: true });
  const kept: string[] = [];
  const reading = keepLines(child.stderr, kept, onLine);
  const exited = spanned(end(child).finally(() => signal.removeEventListener('abort', killAll)));
  const told = reading.catch(() => undefined);
  // It may end while whoever started it is busy elsewhere, and asks later on or never.
  exited.catch(() => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    extra,
    told,
    exit: async () => {
      const code = await exited;
      await reading;
      signal.throwIfAborted();
      if (code === INTERRUPTED_CODE) assertNotInterrupted(kept);
      if (code === TORN_AWAY_CODE && kept.includes(TORN_AWAY)) throw endedBy('SIGXCPU');
      return code;
    },
    messages: () => kept.map((line) => line.replace(CONTROLS, '?')).join('\n'),
    stop: async () => {
      killAll();
      for (const stream of [child.stdin, child.stdout, extra]) stream.destroy();
      await Promise.allSettled([exited, reading]);
    },
  };
}

/** The run as a span of the present trace. */
function spanned(exited: Promise<number>): Promise<number> {
  const span = startSpan('ffmpeg', {});
  if (!span) return exited;
  return exited
    .then((code) => {
      span.setAttribute('process.exit.code', code);
      return code;
    })
    .catch((error: unknown) => {
      failSpan(span, error);
      throw error;
    })
    .finally(() => span.end());
}

async function keepLines(stderr: Readable, kept: string[], onLine: (line: string) => void): Promise<void> {
  for await (const line of boundedLines(stderr)) {
    if (noteCost(line)) continue;
    onLine(line);
    // What is indented describes the input, in the words of whoever made it.
    if (line.includes('showinfo') || line.startsWith(' ')) continue;
    if (kept.push(line) > MESSAGES_KEPT) kept.shift();
  }
}

/** Killed alone, a sandbox that is about to start ffmpeg would leave it behind. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function end(child: ChildProcess): Promise<number> {
  const [code, killedBy] = (await once(child, 'close').catch((error: unknown) => {
    throw transientFailure(`ffmpeg could not be started: ${String(error)}`);
  })) as [number | null, NodeJS.Signals | null];
  const signal = killedBy ?? DEADLY.find((name) => code === BY_SIGNAL + constants.signals[name]);
  if (signal) throw endedBy(signal);
  return code ?? 0;
}

/** The words alone could come from the file; the exit code can't. */
function assertNotInterrupted(messages: string[]): void {
  const number = messages.map((line) => INTERRUPTED.exec(line)?.[1]).find(Boolean);
  if (number) throw endedBy(Number(number) === constants.signals.SIGXCPU ? 'SIGXCPU' : `signal ${number}`);
}

function endedBy(signal: string): ExtractionFailure {
  if (signal === 'SIGXCPU') return new ExtractionFailure('processing_timeout', 'ffmpeg used up its CPU time');
  return transientFailure(`ffmpeg was ended by ${signal}`);
}
