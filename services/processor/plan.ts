import type { Media } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import { ExtractionFailure } from './extraction-failure.ts';

/** What to do with a video: frame `k` is the picture shown at `startUs + k * intervalUs`. Whole microseconds. */
export interface Plan {
  startUs: number;
  intervalUs: number;
  frames: number;
  width: number;
  height: number;
}

type Wish = Pick<Recipe, 'select' | 'start' | 'end' | 'maxWidth' | 'maxHeight'>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Decide which frames a recipe means in a video.
 * @param recipe its mode is `interval` or `count`
 * @param media what the probe found
 * @param maxFrames the limit
 * @throws ExtractionFailure `no_frames` when none lies in the range, `too_many_frames` over the limit
 */
export function planFrames(recipe: Wish, media: Media, maxFrames: number): Plan {
  const startUs = toMicroseconds(recipe.start ?? 0);
  const endUs = Math.min(toMicroseconds(recipe.end ?? Infinity), toMicroseconds(media.durationSeconds));
  if (startUs >= endUs)
    throw new ExtractionFailure('no_frames', 'the range lies behind the end of the video');
  const intervalUs = intervalOf(recipe, endUs - startUs);
  const fitting = Math.ceil((endUs - startUs) / intervalUs);
  const frames = recipe.select.mode === 'count' ? Math.min(recipe.select.count, fitting) : fitting;
  if (frames > maxFrames) {
    throw new ExtractionFailure('too_many_frames', `${frames} frames, the limit is ${maxFrames}`);
  }
  return { startUs, intervalUs, frames, ...fit(media, recipe) };
}

function intervalOf({ select }: Wish, spanUs: number): number {
  if (select.mode === 'interval') return toMicroseconds(select.seconds);
  if (select.mode === 'count') return exactForFfmpeg(Math.max(1, Math.floor(spanUs / select.count)));
  throw new Error(`Choosing frames by “${select.mode}” is not built yet`);
}

/** ffmpeg keeps a rate as two 32-bit integers; an interval above 35 minutes is cut to whole milliseconds to fit. */
function exactForFfmpeg(intervalUs: number): number {
  return intervalUs <= INT32_MAX ? intervalUs : Math.floor(intervalUs / 1000) * 1000;
}

function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/** The largest size inside the wished one with the same proportions; never larger than the source. */
function fit({ width, height }: Media, { maxWidth = Infinity, maxHeight = Infinity }: Wish) {
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * The filters that carry a plan out.
 *
 * The clock starts at the first decoded frame and counts microseconds; `showinfo` tells each decoded frame's time on
 * it (see frame-clock.ts). `fps` with `round=up` gives for each wanted time the last frame at or before it. Numbering
 * the chosen frames from 0 keeps ffmpeg from repeating or dropping any. `scale` stands last so that only chosen frames
 * are converted, and stands always so that a picture that changes its size midway still comes out as planned.
 */
export function filtersOf({ startUs, intervalUs, width, height }: Plan, pixelFormats: string): string {
  const [numerator, denominator] = reduce(1_000_000, intervalUs);
  return [
    'setpts=PTS-STARTPTS',
    'settb=1/1000000',
    'showinfo=checksum=0',
    ...(startUs > 0 ? [`setpts=PTS-${startUs}`] : []),
    `fps=fps=${numerator}/${denominator}:round=up:start_time=0`,
    'setpts=N',
    `scale=${width}:${height}`,
    `format=${pixelFormats}`,
  ].join(',');
}

function reduce(numerator: number, denominator: number): [number, number] {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return [numerator / divisor, denominator / divisor];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
