import type { Recipe } from '../../lib/recipe.ts';
import { encodingOf } from './encoding.ts';
import type { FfmpegProgram, RunLimits } from './ffmpeg-program.ts';
import { filterGraph, type Look, type Thumbs } from './filters.ts';
import { muxerOf } from './frame-stream.ts';
import type { PictureFormat } from './pictures.ts';
import type { Plan } from './plan.ts';
import type { Probe } from './probe.ts';

/** One decode of one video by one plan. */
export interface Task {
  program: FfmpegProgram;
  path: string;
  recipe: Recipe;
  plan: Plan;
  found: Probe;
  thumbs: Thumbs;
  limits: RunLimits;
  /** Gets each line that ffmpeg says. */
  onLine: (line: string) => void;
  /** Gets the share of the work that is done, 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/**
 * The arguments behind the input: images to `pipe:1`, thumbs to `pipe:3`.
 * @param count ffmpeg stops decoding behind so many images
 */
export function outputArguments(
  { path, recipe, plan, thumbs }: Task,
  selection: readonly string[],
  look: Look,
  count: number,
  threads: number,
): string[] {
  const { pixelFormats, args: encoder } = encodingOf(recipe);
  const { width, height } = plan;
  const graph = filterGraph({ selection: [...selection], look, width, height, pixelFormats, thumbs });
  const output = (name: string, frames: number) => [
    ...['-map', `[${name}]`, '-fps_mode', 'passthrough', '-frames:v', String(frames), '-flush_packets', '1'],
  ];
  return [
    ...['-filter_complex', graph, ...output('images', count), ...encoder],
    // Not written: it tells whoever looks at the processes which file this one works on.
    ...['-metadata', `source=${path}`],
    ...['-threads', String(threads), '-f', muxerOf(recipe.format), 'pipe:1'],
    ...[...output('thumbs', Math.ceil(count / thumbs.every)), '-f', 'rawvideo', 'pipe:3'],
  ];
}

/** What the pictures and thumbnails that a task's ffmpeg writes look like. */
export function formatOf({ recipe: { format }, plan: { width, height }, thumbs }: Task): PictureFormat {
  // No encoder makes an image that is larger than its raw pixels by much.
  const maxImageBytes = width * height * 6 + 1024 ** 2;
  return { format, maxImageBytes, thumbBytes: thumbs.width * thumbs.height * 3, every: thumbs.every };
}
