/** One picture that a decoder gave, as `showinfo` tells it. */
export interface ShownFrame {
  /** The filter's place in its graph, from 0. */
  filter: number;
  /** In the unit of the filter's time base, from its origin. */
  pts: number;
  /** Counts the pictures that reached the filter, from 0. */
  n: number;
  isInterlaced: boolean;
  isKey: boolean;
}

const SHOWN = /^\[Parsed_showinfo_(\d+) @ \w+\] n: *(\d+) pts: *(-?\d+) (?:.* i:([PTB]) iskey:(\d))?/;

/**
 * Read a line of ffmpeg's standard error.
 * @returns undefined for all but showinfo's frame lines, also when a file's metadata quotes one
 */
export function readShown(line: string): ShownFrame | undefined {
  const [, filter, n, pts, order, key] = SHOWN.exec(line) ?? [];
  if (n === undefined) return undefined;
  const isInterlaced = order !== undefined && order !== 'P';
  return { filter: Number(filter), n: Number(n), pts: Number(pts), isInterlaced, isKey: key === '1' };
}
