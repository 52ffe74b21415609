import type { Recipe } from '../../lib/recipe.ts';
import { encodingOf } from './encoding.ts';
import { failureFromMessages } from './extraction-failure.ts';
import type { FfmpegProgram, RunLimits } from './ffmpeg-program.ts';
import { inputArguments, startFfmpeg } from './ffmpeg-run.ts';
import type { FrameClock } from './frame-clock.ts';
import { imagesIn } from './frame-stream.ts';
import { filtersOf, type Plan } from './plan.ts';
import type { Probe } from './probe.ts';

/** A decoder may leave out the last few frames that a container lists without anything being wrong. */
const TAIL_SECONDS = 0.5;

/** One decode of one video by one plan. */
export interface Extraction {
  path: string;
  recipe: Recipe;
  plan: Plan;
  found: Probe;
  clock: FrameClock;
}

/**
 * Decode a video and yield the planned frames as encoded images, in order. ffmpeg waits while nobody asks for the next
 * one. It ends early, without an error, where the video can't be decoded any further.
 * @throws ExtractionFailure when there is not a single frame, or a retryable one
 */
export async function* extractFrames(
  program: FfmpegProgram,
  { path, recipe, plan, found, clock }: Extraction,
  limits: RunLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { pixelFormats, args: encoder } = encodingOf(recipe);
  const args = [
    ...inputArguments(path, limits),
    ...['-map', '0:V:0', '-vf', filtersOf(plan, pixelFormats), '-frames:v', String(plan.frames)],
    ...[...encoder, '-threads', String(limits.threads), '-f', 'mpjpeg', 'pipe:1'],
  ];
  const run = startFfmpeg(program, args, clock.read, signal);
  let produced = 0;
  let image: Buffer | undefined;
  try {
    for await (image of imagesIn(run.stdout, maxImageBytes(plan))) {
      produced += 1;
      yield image;
    }
    await run.exit();
    if (!image) throw failureFromMessages(run.messages(), 'no_frames');
    // ffmpeg doesn't know how long some videos show their last frame; the probe does.
    if (decodedToTheEnd(clock, found)) for (; produced < plan.frames; produced += 1) yield image;
  } finally {
    await run.stop();
  }
}

/** Whether the decoder came to the last frame that the container holds. */
export function decodedToTheEnd(clock: FrameClock, { lastFrameSeconds }: Probe): boolean {
  return (clock.decodedSeconds() ?? -Infinity) >= lastFrameSeconds - TAIL_SECONDS;
}

/** No encoder makes an image that is larger than its raw pixels by much. */
function maxImageBytes({ width, height }: Plan): number {
  return width * height * 6 + 1024 ** 2;
}
