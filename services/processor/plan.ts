import type { Media } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import { frameAt, type FrameList } from './frame-list.ts';

/** Frame `k` is the picture shown at `startUs + k * intervalUs`. Whole microseconds. */
export interface Sampling {
  startUs: number;
  intervalUs: number;
  frames: number;
}

/** Which frames a recipe means in one video, and their size. */
export interface Plan {
  /** Places in the order of presentation, ascending; one that is shown at several wanted times comes several times. */
  frames: number[];
  /** The same choice as an even spread over time, for the modes that are one. */
  sampling: Sampling | null;
  width: number;
  height: number;
  /** Wishes that the video can't fulfil, for the person. */
  warnings: string[];
}

/** The frames of a plan, each once. */
export const distinctFrames = ({ frames }: Plan): number[] =>
  frames.filter((place, index) => place !== frames[index - 1]);

/** What a plan is made from. */
export interface Found {
  media: Media;
  frames: FrameList;
}

type Wish = Pick<Recipe, 'select' | 'start' | 'end' | 'maxWidth' | 'maxHeight'>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Decide which frames a recipe means in a video.
 * @param cutsUs for the mode `scene`: when shots begin, in microseconds
 * @param maxFrames the limit
 * @throws ExtractionFailure `no_frames` when none lies in the range, `too_many_frames` over the limit
 */
export function planFrames(recipe: Wish, found: Found, maxFrames: number, cutsUs: number[] = []): Plan {
  const range = rangeOf(recipe, found.media.durationSeconds);
  const sampling = samplingOf(recipe, found.media.durationSeconds);
  const count = sampling?.frames ?? 0;
  assertWithin(count, maxFrames);
  const frames = sampling
    ? sampledFrames(sampling, found.frames)
    : chosenFrames(recipe, found, range, cutsUs);
  if (frames.length === 0) throw new ExtractionFailure('no_frames', 'no frame lies in the range');
  assertWithin(frames.length, maxFrames);
  return { frames, sampling, ...fit(found.media, recipe), warnings: unreachable(recipe, found.media) };
}

function assertWithin(frames: number, maxFrames: number): void {
  if (frames <= maxFrames) return;
  throw new ExtractionFailure('too_many_frames', `${frames} frames, the limit is ${maxFrames}`);
}

interface Range {
  startUs: number;
  endUs: number;
}

function rangeOf({ start = 0, end = Infinity }: Wish, durationSeconds: number): Range {
  const startUs = toMicroseconds(start);
  const endUs = Math.min(toMicroseconds(end), toMicroseconds(durationSeconds));
  if (startUs < endUs) return { startUs, endUs };
  throw new ExtractionFailure('no_frames', 'the range lies behind the end of the video');
}

/**
 * The even spread that a recipe asks for.
 * @returns null for the modes that are none
 * @throws ExtractionFailure `no_frames` when the range lies behind the end
 */
export function samplingOf(recipe: Wish, durationSeconds: number): Sampling | null {
  const { select } = recipe;
  if (select.mode !== 'interval' && select.mode !== 'count') return null;
  const { startUs, endUs } = rangeOf(recipe, durationSeconds);
  const spanUs = endUs - startUs;
  const intervalUs =
    select.mode === 'interval'
      ? toMicroseconds(select.seconds)
      : exactForFfmpeg(Math.max(1, Math.floor(spanUs / select.count)));
  const fitting = Math.ceil(spanUs / intervalUs);
  return { startUs, intervalUs, frames: select.mode === 'count' ? Math.min(select.count, fitting) : fitting };
}

/** ffmpeg keeps a rate as two 32-bit integers; an interval above 35 minutes is cut to whole milliseconds to fit. */
function exactForFfmpeg(intervalUs: number): number {
  return intervalUs <= INT32_MAX ? intervalUs : Math.floor(intervalUs / 1000) * 1000;
}

function sampledFrames({ startUs, intervalUs, frames }: Sampling, list: FrameList): number[] {
  return Array.from({ length: frames }, (_, k) => frameAt(list, startUs + k * intervalUs));
}

function chosenFrames({ select }: Wish, { frames }: Found, range: Range, cutsUs: number[]): number[] {
  if (select.mode === 'times') {
    const wanted = select.seconds.map(toMicroseconds).filter((us) => us < range.endUs);
    return wanted.toSorted((a, b) => a - b).map((us) => frameAt(frames, us));
  }
  if (select.mode === 'scene') return middlesOfShots(frames, range, cutsUs);
  const places = placesWithin(frames, range);
  if (select.mode === 'all') return places;
  return places.filter((place) => frames.keys[place] === 1);
}

function placesWithin({ timesUs }: FrameList, { startUs, endUs }: Range): number[] {
  const isWithin = (place: number) => (timesUs[place] ?? 0) >= startUs && (timesUs[place] ?? 0) < endUs;
  return [...timesUs.keys()].filter(isWithin);
}

/** The middle of a shot represents it: its ends may be part of a transition. */
function middlesOfShots(list: FrameList, { startUs, endUs }: Range, cutsUs: number[]): number[] {
  const cuts = cutsUs.map((us) => frameAt(list, us));
  const first = frameAt(list, startUs);
  const last = frameAt(list, endUs - 1);
  const begins = [first, ...cuts.filter((place) => place > first && place <= last)];
  return begins.map((begin, shot) => Math.floor((begin + (begins[shot + 1] ?? last + 1) - 1) / 2));
}

/** What a recipe asks for behind the end of the video. */
function unreachable({ select, end }: Wish, { durationSeconds }: Media): string[] {
  const length = `the video ends after ${durationSeconds.toFixed(1)} seconds`;
  const late = select.mode === 'times' ? select.seconds.filter((time) => time >= durationSeconds).length : 0;
  return [
    ...(late > 0 ? [`${late} of the wanted times could not be reached: ${length}.`] : []),
    ...(end !== undefined && end > durationSeconds
      ? [`The wanted end could not be reached: ${length}.`]
      : []),
  ];
}

function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/**
 * The largest size inside a wished one with the same proportions; never larger than the source.
 * @returns whole pixels, at least 1
 */
export function fit(
  { width, height }: Pick<Media, 'width' | 'height'>,
  {
    maxWidth = Infinity,
    maxHeight = Infinity,
  }: { maxWidth?: number | undefined; maxHeight?: number | undefined },
) {
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
