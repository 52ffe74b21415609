import type { Job, Media } from '../../lib/contracts.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { writeArchive, type ArchiveWriter } from './archive.ts';
import { decodedToTheEnd, extractFrames, type Extraction } from './extract.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { createFrameClock, type FrameClock } from './frame-clock.ts';
import { describeArchive, frameFile } from './manifest.ts';
import { planFrames } from './plan.ts';
import { probe, type Probe, type ProbeLimits } from './probe.ts';
import type { Completion } from './video-port.ts';

/** What every attempt works with. */
export interface Tools {
  ffmpeg: FfmpegProgram;
  store: ObjectStore;
  limits: ProbeLimits & { maxFrames: number };
}

/** How far an attempt is; others read it while the attempt runs. */
export interface Course {
  media?: Media;
  clock?: FrameClock;
}

export type Result = Pick<Completion, 'archive' | 'media' | 'frameCount' | 'warnings'>;

/**
 * One attempt at a job: fetch, probe, plan, extract into an archive. Whatever happens, no ffmpeg is left running, and
 * without a result nothing is left in the store.
 * @param course is filled in on the way
 * @throws ExtractionFailure, or whatever the store throws
 */
export async function attemptJob(
  { ffmpeg, store, limits }: Tools,
  job: Job,
  course: Course,
  signal: AbortSignal,
): Promise<Result> {
  if (job.source.size === 0) throw new ExtractionFailure('empty_file', 'the source has no bytes');
  await using source = await store.localFile(job.source.key, signal);
  const found = await probe(ffmpeg, source.path, limits, signal);
  course.media = found.media;
  const plan = planFrames(job.recipe, found.media, limits.maxFrames);
  const clock = (course.clock = createFrameClock(plan));
  const extraction = { path: source.path, recipe: job.recipe, plan, found, clock };
  const archive = writeArchive(store, job.archiveKey, signal);
  try {
    const images = extractFrames(ffmpeg, extraction, limits, signal);
    const sizes = await addFrames(archive, images, job.recipe.format);
    return await finishArchive(archive, job, extraction, sizes);
  } finally {
    await archive.abandon();
  }
}

async function addFrames(
  archive: ArchiveWriter,
  images: AsyncIterable<Buffer>,
  format: Job['recipe']['format'],
): Promise<number[]> {
  const sizes: number[] = [];
  for await (const image of images) {
    sizes.push(image.length);
    await archive.add(frameFile(sizes.length, format), image);
  }
  return sizes;
}

async function finishArchive(
  archive: ArchiveWriter,
  job: Job,
  { plan, found, clock }: Extraction,
  sizes: number[],
): Promise<Result> {
  const { media } = found;
  const frameCount = sizes.length;
  const expectedFrames = expectedOf(job, found, plan.frames);
  const warnings = warningsOf(found, clock, frameCount, plan.frames);
  const { width, height } = plan;
  const times = clock.times(frameCount);
  const manifest = describeArchive(job, media, { sizes, times, width, height, expectedFrames, warnings });
  await archive.add('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return { archive: await archive.finish(), media, frameCount, warnings };
}

/** A cut-off file is measured by what its container declares, where it does. */
function expectedOf({ recipe }: Job, { media, declaredSeconds }: Probe, planned: number): number {
  if (declaredSeconds === null || declaredSeconds <= media.durationSeconds) return planned;
  return planFrames(recipe, { ...media, durationSeconds: declaredSeconds }, Infinity).frames;
}

/** What the person should know about frames that are missing, or that stand in for others. */
function warningsOf(found: Probe, clock: FrameClock, produced: number, planned: number): string[] {
  const { media, declaredSeconds } = found;
  const warnings: string[] = [];
  if (declaredSeconds !== null && declaredSeconds > media.durationSeconds) {
    const [whole, part] = [declaredSeconds.toFixed(1), media.durationSeconds.toFixed(1)];
    warnings.push(`The file is incomplete: of ${whole} seconds only the first ${part} could be read.`);
  }
  if (produced < planned) {
    warnings.push(`The video is damaged: only ${produced} of ${planned} frames could be read.`);
  } else if (!clock.reachedLastWanted() && !decodedToTheEnd(clock, found)) {
    const readable = (clock.decodedSeconds() ?? 0).toFixed(1);
    warnings.push(`The video is damaged after ${readable} seconds: later frames repeat the last good one.`);
  } else if (clock.damaged()) {
    warnings.push('Parts of the video are damaged: some frames may look broken or repeat an earlier one.');
  }
  return warnings;
}
