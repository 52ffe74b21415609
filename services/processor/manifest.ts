import type { Job, Media } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import type { Method } from './method.ts';

/** One frame as the manifest lists it; `index` counts from 1, `timeSeconds` from the video's first frame. */
interface ManifestFrame {
  index: number;
  file: string;
  timeSeconds: number;
  /** The frame's number in the source, in the order of presentation, from 0. */
  sourceIndex: number;
  width: number;
  height: number;
  size: number;
}

/** `manifest.json` in the archive. */
export interface Manifest {
  video: { filename: string; sha256: string; media: Media };
  recipe: Recipe;
  frames: ManifestFrame[];
  expectedFrames: number;
  /** How many near-identical frames were left out. */
  duplicatesDropped: number;
  /** How the frames were decoded. */
  method: Method['name'];
  /** What was done to the pictures beside resizing. */
  adjustments: Adjustment[];
  warnings: string[];
}

export type Adjustment = 'deinterlaced' | 'tone-mapped';

/** A frame that was written into the archive. */
export type WrittenFrame = Pick<ManifestFrame, 'timeSeconds' | 'sourceIndex' | 'size'>;

/** The name of a frame's file in the archive; the index counts from 1. */
export function frameFile(index: number, format: Recipe['format']): string {
  return `frames/frame_${String(index).padStart(6, '0')}.${format}`;
}

/** Everything the manifest tells, from what the steps of an attempt found out. */
export function describeArchive(
  { source: { filename, sha256 }, recipe }: Job,
  media: Media,
  written: WrittenFrame[],
  {
    width,
    height,
    ...rest
  }: { width: number; height: number } & Omit<Manifest, 'video' | 'recipe' | 'frames'>,
): Manifest {
  const frames = written.map(({ timeSeconds, sourceIndex, size }, position) => {
    const index = position + 1;
    return { index, file: frameFile(index, recipe.format), timeSeconds, sourceIndex, width, height, size };
  });
  return { video: { filename, sha256, media }, recipe, frames, ...rest };
}
