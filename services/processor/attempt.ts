import type { Job, Media } from '../../lib/contracts.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { Task } from './decode.ts';
import { findCuts, type Listing } from './decode-listing.ts';
import { createEar } from './ear.ts';
import { extractFrames } from './extract.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { fillArchive, type Result } from './fill-archive.ts';
import { shareFrames } from './live-frames.ts';
import type { PacketReaders } from './packets/packet-source.ts';
import { fit, planFrames } from './plan.ts';
import { probe, type Probe, type ProbeLimits } from './probe.ts';
import type { VideoPort } from './video-port.ts';

/** What every attempt works with. */
export interface Tools {
  ffmpeg: FfmpegProgram;
  packets: PacketReaders;
  store: ObjectStore;
  limits: ProbeLimits & { maxFrames: number };
  logger: Logger;
  video: Pick<VideoPort, 'shareFrames'>;
}

/** How far an attempt is; others read it while the attempt runs. */
export interface Course {
  media?: Media;
  /** The share of the work that is done, 0 to 1. */
  progress: number;
}

/** Where shots begin is found by a decode of its own, which takes most of the time. */
const FINDING_CUTS = 0.8;
/** Thumbs fit into a square of this many pixels. */
const THUMB = { maxWidth: 160, maxHeight: 160 };
const MAX_THUMBS = 100;

/**
 * One attempt at a job: fetch, probe, plan, extract into an archive. Whatever happens, no ffmpeg is left running;
 * without a result there is no archive, and what else was stored is doomed.
 * @param course is filled in on the way
 * @throws ExtractionFailure, or whatever the store throws
 */
export async function attemptJob(
  tools: Tools,
  job: Job,
  course: Course,
  signal: AbortSignal,
): Promise<Result> {
  const { ffmpeg: program, packets, store, limits, logger } = tools;
  if (job.source.size === 0) throw new ExtractionFailure('empty_file', 'the source has no bytes');
  await using source = await store.localFile(job.source.key, signal);
  const { path } = source;
  await using readable = packets.open(path, signal);
  const found = await probe(program, path, limits, signal);
  course.media = found.media;
  const base = { program, path, found, limits, signal };
  const { recipe } = job;
  const cutsUs = await cutsFor(job, {
    ...base,
    onProgress: (share) => (course.progress = share * FINDING_CUTS),
  });
  const done = course.progress;
  const replan = (from: Probe) => planFrames(recipe, from, limits.maxFrames, cutsUs);
  const plan = replan(found);
  const heard = createEar();
  const live = shareFrames(tools, job, signal);
  const task: Task = {
    ...{ ...base, recipe, plan },
    thumbs: {
      ...fit(found.media, THUMB),
      every: recipe.dedupe ? 1 : Math.ceil(plan.frames.length / MAX_THUMBS),
    },
    onLine: heard.listen,
    onProgress: (share) => (course.progress = done + share * (1 - done)),
  };
  const filling = { store, job, task, heard, live };
  try {
    return await extractFrames(task, readable, replan, (stream) => fillArchive(filling, stream), logger);
  } finally {
    await live.close();
  }
}

async function cutsFor({ recipe: { select } }: Job, listing: Listing): Promise<number[]> {
  return select.mode === 'scene' ? findCuts(listing, select.threshold) : [];
}
