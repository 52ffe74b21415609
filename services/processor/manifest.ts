import { frameFile, type ManifestFrame } from '../../lib/archive-layout.ts';
import type { Job, LiveFrame, Media } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import type { Method } from './method.ts';

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

type Adjustment = 'deinterlaced' | 'tone-mapped';

/** @param interlaced whether a decoder gave interlaced pictures */
export function adjustmentsOf({ interlaced, hdr }: { interlaced: boolean; hdr: boolean }): Adjustment[] {
  return [...(interlaced ? (['deinterlaced'] as const) : []), ...(hdr ? (['tone-mapped'] as const) : [])];
}

/** Everything the manifest tells, from what the steps of an attempt found out. */
export function describeArchive(
  { source: { filename, sha256 }, recipe }: Job,
  media: Media,
  written: LiveFrame[],
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
