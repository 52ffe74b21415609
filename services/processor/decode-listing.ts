import { failureFromMessages } from './extraction-failure.ts';
import type { FfmpegProgram, RunLimits } from './ffmpeg-program.ts';
import { inputArguments, startFfmpeg } from './ffmpeg-run.ts';
import type { FrameList } from './frame-list.ts';
import type { Probe } from './probe.ts';
import { readShown, type ShownFrame } from './shown-frames.ts';

/** A decode that gives no pictures, only what is known of them. */
export interface Listing {
  program: FfmpegProgram;
  path: string;
  found: Probe;
  limits: RunLimits;
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/** The clock starts at the first decoded frame and counts microseconds; see filters.ts for the `scale`. */
const clock = ({ media: { width, height } }: Probe) => [
  'setpts=PTS-STARTPTS',
  'settb=1/1000000',
  `scale=${width}:${height}`,
  'showinfo=checksum=0',
];
const CLOCK_SHOWINFO = 3;

/**
 * Find where shots begin: ffmpeg compares each frame with the one before.
 * @param threshold how different, from 0 to 1
 * @returns the times of the first frames, in microseconds
 */
export async function findCuts(listing: Listing, threshold: number): Promise<number[]> {
  const cuts: number[] = [];
  const filters = [...clock(listing.found), `select='gt(scene,${threshold})'`, 'showinfo=checksum=0'];
  await decode(listing, filters, ({ filter, pts }) => {
    if (filter > CLOCK_SHOWINFO) cuts.push(pts);
  });
  return cuts;
}

/** List the frames that a decoder really gives: a container may promise others. */
export async function listDecoded(listing: Listing): Promise<FrameList> {
  const times: number[] = [];
  const keys: number[] = [];
  await decode(listing, clock(listing.found), ({ pts, isKey }) => {
    times.push(pts);
    keys.push(Number(isKey));
  });
  return {
    timesUs: Float64Array.from(times),
    packets: Uint32Array.from(times.keys()),
    keys: Uint8Array.from(keys),
  };
}

/** @throws ExtractionFailure `no_frames`, or a retryable one */
async function decode(
  { program, path, found, limits, onProgress, signal }: Listing,
  filters: string[],
  onFrame: (frame: ShownFrame) => void,
): Promise<void> {
  const args = [
    ...inputArguments(path, limits),
    '-map',
    '0:V:0',
    '-vf',
    filters.join(','),
    '-f',
    'null',
    '-',
  ];
  let count = 0;
  const onLine = (line: string) => {
    const frame = readShown(line);
    if (!frame) return;
    onFrame(frame);
    count += 1;
    onProgress(Math.min(1, frame.pts / 1e6 / found.media.durationSeconds));
  };
  const run = startFfmpeg(program, { file: path }, args, onLine, signal);
  try {
    run.stdout.resume();
    run.extra.resume();
    await run.exit();
    if (count === 0) throw failureFromMessages(run.messages(), 'no_frames');
  } finally {
    await run.stop();
  }
}
