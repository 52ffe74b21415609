import type { FrameRange } from '../../../lib/contracts.ts';
import { workOf } from '../method.ts';
import type { Unit } from '../packets/units.ts';

/** With less work than this many ranges there is little for a second worker to do. */
const MIN_RANGES = 4;
const MAX_RANGES = 500;

/**
 * Split wanted frames into ranges, each of whole units, so that nothing is decoded twice. The last ones are smaller, so
 * that workers end at about the same time (guided self-scheduling, Polychronopoulos and Kuck 1987).
 * @param units where the frames are, in order
 * @param pixels of one source frame
 * @param rangeMegapixels the work of a range: megapixels that are decoded, or encoded into images
 * @returns the ranges in order; none when the work is too small to be split
 */
export function splitUnits(units: readonly Unit[], pixels: number, rangeMegapixels: number): FrameRange[] {
  const workIn = (some: readonly Unit[]) => (workOf(some) * pixels) / 1e6;
  let left = workIn(units);
  if (left < MIN_RANGES * rangeMegapixels) return [];
  const largest = Math.max(rangeMegapixels, left / MAX_RANGES);
  const enough = () => Math.max(largest / 2, Math.min(largest, left / MIN_RANGES));
  const ranges: FrameRange[] = [];
  let first = 0;
  let count = 0;
  let work = 0;
  for (const unit of units) {
    count += unit.wanted.length;
    work += workIn([unit]);
    // What would be left in the end goes with the range before it, unless it is half of a small one.
    if (work < enough() || left - work < largest / 4) continue;
    ranges.push({ first, count });
    first += count;
    left -= work;
    count = 0;
    work = 0;
  }
  if (count > 0) ranges.push({ first, count });
  return ranges.length > 1 ? ranges : [];
}
