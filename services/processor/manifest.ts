import type { Job, Media } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';

/** One frame as the manifest lists it; `index` counts from 1, `timeSeconds` from the video's first frame. */
interface ManifestFrame {
  index: number;
  file: string;
  timeSeconds: number;
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
  warnings: string[];
}

/** The name of a frame's file in the archive; the index counts from 1. */
export function frameFile(index: number, format: Recipe['format']): string {
  return `frames/frame_${String(index).padStart(6, '0')}.${format}`;
}

/** Everything the manifest tells, from what the steps of an attempt found out. */
export function describeArchive(
  { source: { filename, sha256 }, recipe }: Job,
  media: Media,
  result: {
    sizes: number[];
    times: number[];
    width: number;
    height: number;
    expectedFrames: number;
    warnings: string[];
  },
): Manifest {
  const { sizes, times, width, height, expectedFrames, warnings } = result;
  const frames = sizes.map((size, position) => {
    const index = position + 1;
    return {
      index,
      file: frameFile(index, recipe.format),
      timeSeconds: times[position] ?? 0,
      width,
      height,
      size,
    };
  });
  return { video: { filename, sha256, media }, recipe, frames, expectedFrames, warnings };
}
