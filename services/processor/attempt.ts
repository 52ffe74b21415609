import type { Job, Media } from '../../lib/contracts.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { Task } from './decode.ts';
import { findCuts, type Listing } from './decode-listing.ts';
import { createEar } from './ear.ts';
import { extractFrames, type Extraction } from './extract.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { fillArchive, type Result } from './fill-archive.ts';
import { shareFrames } from './live-frames.ts';
import type { PacketReaders } from './packets/packet-source.ts';
import { planFrames } from './plan.ts';
import type { Probe, ProbeLimits } from './probe.ts';
import { shareRanges, type Sharing } from './ranges/share.ts';
import { openSource, taskOf } from './source.ts';
import type { RangePort, VideoPort } from './video-port.ts';

/** What every attempt works with. */
export interface Tools {
  /** Tells the workers apart. */
  name: string;
  ffmpeg: FfmpegProgram;
  packets: PacketReaders;
  store: ObjectStore;
  limits: ProbeLimits & {
    maxFrames: number;
    /** The work of one range of an extraction that workers share; 0 when they share none. */
    rangeMegapixels: number;
  };
  logger: Logger;
  video: Pick<VideoPort, 'shareFrames'> & RangePort;
}

/** How far an attempt is; others read it while the attempt runs. */
export interface Course {
  media?: Media;
  /** The share of the work that is done, 0 to 1. */
  progress: number;
}

/** Where shots begin is found by a decode of its own, which takes most of the time. */
const FINDING_CUTS = 0.8;

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
  const { ffmpeg: program, store, limits, logger } = tools;
  await using source = await openSource(tools, job.source, signal);
  const { path, packets, found } = source;
  course.media = found.media;
  const onCuts = (share: number) => (course.progress = share * FINDING_CUTS);
  const cutsUs = await cutsFor(job, { program, path, found, limits, signal, onProgress: onCuts });
  const done = course.progress;
  const replan = (from: Probe) => planFrames(job.recipe, from, limits.maxFrames, cutsUs);
  const heard = createEar();
  const task: Task = {
    ...taskOf(tools, source, { recipe: job.recipe, plan: replan(found) }, signal),
    onLine: heard.listen,
    onProgress: (share) => (course.progress = done + share * (1 - done)),
  };
  const live = shareFrames(tools, job, signal);
  const filling = { store, job, task, heard, live };
  const extraction = { task, packets, replan, ...sharing(tools, { job, task, packets, heard }) };
  try {
    return await extractFrames(extraction, (stream) => fillArchive(filling, stream), logger);
  } finally {
    await live.close();
  }
}

/** Shots are found by a decode of the whole video, so a helper would do most of the work once more. */
function sharing(
  tools: Tools,
  work: Pick<Sharing, 'job' | 'task' | 'packets' | 'heard'>,
): Pick<Extraction, 'share'> {
  if (work.job.recipe.select.mode === 'scene') return {};
  const { name: worker, limits } = tools;
  return { share: shareRanges({ ...work, tools, worker, rangeMegapixels: limits.rangeMegapixels }) };
}

async function cutsFor({ recipe: { select } }: Job, listing: Listing): Promise<number[]> {
  return select.mode === 'scene' ? findCuts(listing, select.threshold) : [];
}
