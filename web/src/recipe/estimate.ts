import type { WantedRecipe } from './draft.ts';

/** What can be known of a video before it is uploaded. */
export interface Glimpse {
  durationSeconds: number;
  width: number;
  height: number;
}

/**
 * What a recipe will give, as far as can be told beforehand.
 * `exact` only when the recipe itself says it; `most` when there may be fewer; `about` when the video decides.
 */
export interface Estimate {
  frames: number;
  sureness: 'exact' | 'most' | 'about';
  /** Of all frames, in bytes. */
  bytes: number;
}

/** Nobody knows a video's frame rate, its key frames or its shots before reading it; these are usual ones. */
const USUAL = { framesPerSecond: 30, keyframeSeconds: 4, shotSeconds: 5 };
/** Bytes that a pixel takes at the default quality, in photographic pictures. */
const BYTES_PER_PIXEL = { jpg: 0.16, webp: 0.1, png: 1.5 };

/** How many frames a recipe gives of a video, and how much room they take. */
export function estimate(recipe: WantedRecipe, glimpse: Glimpse): Estimate {
  const { frames, sureness } = countFrames(recipe, glimpse.durationSeconds);
  return {
    frames,
    sureness: sureness === 'exact' && recipe.dedupe ? 'most' : sureness,
    bytes: Math.round(frames * bytesOfOne(recipe, glimpse)),
  };
}

function countFrames(
  { select, start = 0, end = Infinity }: WantedRecipe,
  duration: number,
): Omit<Estimate, 'bytes'> {
  const until = Math.min(end, duration);
  const span = Math.max(0, until - start);
  const about = (seconds: number) => ({ frames: Math.ceil(span / seconds), sureness: 'about' as const });
  switch (select.mode) {
    case 'interval':
      // From the start on while t < until; the floats must not add a frame that isn't there.
      return { frames: Math.max(0, Math.ceil(span / select.seconds - 1e-9)), sureness: 'exact' };
    case 'count':
      return { frames: span > 0 ? select.count : 0, sureness: 'most' };
    case 'times':
      return { frames: select.seconds.filter((it) => it >= start && it < until).length, sureness: 'exact' };
    case 'all':
      return about(1 / USUAL.framesPerSecond);
    case 'keyframes':
      return about(USUAL.keyframeSeconds);
    case 'scene':
      return about(USUAL.shotSeconds);
  }
}

function bytesOfOne(
  { format, quality, maxWidth, maxHeight }: WantedRecipe,
  { width, height }: Glimpse,
): number {
  const scale = Math.min(1, (maxWidth ?? width) / width, (maxHeight ?? height) / height);
  // Lossy formats grow steeply near 100.
  const factor = quality === undefined || format === 'png' ? 1 : 0.25 + 0.75 * (quality / 85) ** 4;
  return width * height * scale ** 2 * BYTES_PER_PIXEL[format] * factor;
}
