import { z } from 'zod';
import type { Recipe } from './recipe.ts';

/** One frame as the manifest lists it; `index` counts from 1, `timeSeconds` from the video's first frame. */
const manifestFrameSchema = z.object({
  index: z.int(),
  file: z.string(),
  timeSeconds: z.number(),
  /** The frame's number in the source, in the order of presentation, from 0. */
  sourceIndex: z.int(),
  width: z.int(),
  height: z.int(),
  /** Bytes of the image. */
  size: z.int(),
});
export type ManifestFrame = z.output<typeof manifestFrameSchema>;

/** What readers of an archive need of its `manifest.json`. */
export const manifestFramesSchema = z.object({ frames: z.array(manifestFrameSchema) });

export const MANIFEST_FILE = 'manifest.json';

/** The name of a frame's file in the archive; the index counts from 1. */
export function frameFile(index: number, format: Recipe['format']): string {
  return `frames/frame_${String(index).padStart(6, '0')}.${format}`;
}

/** The fixed part of an entry's local header (APPNOTE.TXT 4.3.7); the name follows, then the stored content. */
const LOCAL_HEADER_BYTES = 30;

/** How many bytes stand before an entry's content; names are ASCII. */
export const headerBytes = (name: string): number => LOCAL_HEADER_BYTES + name.length;
