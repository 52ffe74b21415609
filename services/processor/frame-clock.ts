import type { Plan } from './plan.ts';

/** Follows the decoder: the real time of each chosen frame, and how far the work is. */
export interface FrameClock {
  /** @param line a line of ffmpeg's standard error; all but showinfo's frame lines are ignored */
  read: (line: string) => void;
  /** The share of the wanted range that is decoded, 0 to 1. */
  progress(): number;
  /** The time of the last decoded frame, in seconds; null before the first. */
  decodedSeconds(): number | null;
  /** Whether the decoder met pictures that it could not decode, or only in part. */
  damaged(): boolean;
  /** Whether a frame at or after the last wanted time was decoded. */
  reachedLastWanted(): boolean;
  /**
   * The presentation times of the first `count` chosen frames, in seconds, the video's first frame being 0. Complete
   * only when ffmpeg has ended: a frame is chosen when the one after it is known.
   */
  times(count: number): number[];
}

const DAMAGE =
  /: corrupt decoded frame in stream|^Error while decoding stream|Error submitting packet to decoder/;

/** Frame `k` is the last decoded frame at or before its wanted time; a pure state machine over showinfo's lines. */
export function createFrameClock({ startUs, intervalUs, frames }: Plan): FrameClock {
  const chosen: number[] = [];
  const lastWantedUs = startUs + (frames - 1) * intervalUs;
  let shownUs: number | undefined;
  let furthest = 0;
  let damaged = false;

  const show = (ptsUs: number) => {
    while (chosen.length < frames && startUs + chosen.length * intervalUs < ptsUs)
      chosen.push(shownUs ?? ptsUs);
    shownUs = ptsUs;
    furthest = Math.max(furthest, ptsUs);
  };

  return {
    read: (line) => {
      const pts = /^\[Parsed_showinfo\S* @ \w+\] n: *\d+ pts: *(-?\d+) /.exec(line)?.[1];
      if (pts) show(Number(pts));
      else damaged ||= DAMAGE.test(line);
    },
    progress: () => (lastWantedUs > 0 ? Math.min(1, furthest / lastWantedUs) : Number(chosen.length > 0)),
    decodedSeconds: () => (shownUs === undefined ? null : furthest / 1e6),
    damaged: () => damaged,
    reachedLastWanted: () => furthest >= lastWantedUs,
    times: (count) => Array.from({ length: count }, (_, index) => (chosen[index] ?? shownUs ?? 0) / 1e6),
  };
}
