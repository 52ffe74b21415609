import { createLineUp } from './line-up.ts';
import type { Sampling } from './plan.ts';
import { readShown, type ShownFrame } from './shown-frames.ts';

/** Follows a decoder: which frame is shown at each time of an even spread, and how far the work is. */
export interface FrameClock {
  /** @param line a line of ffmpeg's standard error */
  read: (line: string) => void;
  /** No more lines will come: the wanted times left show the last frame. */
  close: () => void;
  /**
   * The frame that is shown at the next wanted time; `pts` are microseconds from the video's first frame. A frame is
   * known when the one after it is, or at the end.
   * @returns undefined when there was no frame at all
   */
  next: () => Promise<ShownFrame | undefined>;
  /** The share of the wanted range that is decoded, 0 to 1. */
  progress(): number;
  /** The time of the last decoded frame, in seconds; null before the first. */
  decodedSeconds(): number | null;
  /** Whether a frame at or after the last wanted time was decoded. */
  reachedLastWanted(): boolean;
}

/** Frame `k` is the last decoded frame at or before its wanted time; a state machine over showinfo's lines. */
export function createFrameClock({ startUs, intervalUs, frames }: Sampling): FrameClock {
  const chosen = createLineUp<ShownFrame>();
  const lastWantedUs = startUs + (frames - 1) * intervalUs;
  let known = 0;
  let shown: ShownFrame | undefined;
  let furthest = 0;

  const choose = (frame: ShownFrame) => {
    known += 1;
    chosen.push(frame);
  };

  return {
    read: (line) => {
      const next = readShown(line);
      if (!next) return;
      while (known < frames && startUs + known * intervalUs < next.pts) choose(shown ?? next);
      shown = next;
      furthest = Math.max(furthest, next.pts);
    },
    close: () => {
      while (shown && known < frames) choose(shown);
      chosen.close();
    },
    next: () => chosen.take(),
    progress: () => (lastWantedUs > 0 ? Math.min(1, furthest / lastWantedUs) : Number(known > 0)),
    decodedSeconds: () => (shown === undefined ? null : furthest / 1e6),
    reachedLastWanted: () => furthest >= lastWantedUs,
  };
}
