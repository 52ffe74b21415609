import { Readable } from 'node:stream';
import { frameFile, MANIFEST_FILE } from '../../lib/archive-layout.ts';
import type { Job, LiveFrame, Media, Preview } from '../../lib/contracts.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { writeArchive, type ArchiveWriter } from './archive.ts';
import { createContactSheet, type ContactSheet } from './contact-sheet.ts';
import type { Task } from './decode.ts';
import { findCuts } from './decode-listing.ts';
import { createDeduper } from './dedupe.ts';
import { extractFrames, type Stream } from './extract.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { shareFrames, type LiveFrames } from './live-frames.ts';
import { describeArchive, type Adjustment } from './manifest.ts';
import type { PacketReaders } from './packets/packet-source.ts';
import { fit, planFrames, samplingOf, type Plan } from './plan.ts';
import { probe, type Probe, type ProbeLimits } from './probe.ts';
import type { Completion, VideoPort } from './video-port.ts';
import { tellsDamage, warningsOf } from './warnings.ts';

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

export type Result = Pick<Completion, 'archive' | 'preview' | 'media' | 'frameCount' | 'warnings'>;

/** Where shots begin is found by a decode of its own, which takes most of the time. */
const FINDING_CUTS = 0.8;
/** Thumbs fit into a square of this many pixels. */
const THUMB = { maxWidth: 160, maxHeight: 160 };
const MAX_THUMBS = 100;

/**
 * One attempt at a job: fetch, probe, plan, extract into an archive. Whatever happens, no ffmpeg is left running, and
 * without a result nothing is left in the store.
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
  const cutsUs =
    recipe.select.mode === 'scene'
      ? await findCuts(
          { ...base, onProgress: (share) => (course.progress = share * FINDING_CUTS) },
          recipe.select.threshold,
        )
      : [];
  const done = cutsUs.length > 0 ? FINDING_CUTS : 0;
  const replan = (from: Probe) => planFrames(recipe, from, limits.maxFrames, cutsUs);
  const plan = replan(found);
  const heard = createEar();
  const task: Task = {
    ...{ ...base, recipe, plan },
    thumbs: {
      ...fit(found.media, THUMB),
      every: recipe.dedupe ? 1 : Math.ceil(plan.frames.length / MAX_THUMBS),
    },
    onLine: heard.listen,
    onProgress: (share) => (course.progress = done + share * (1 - done)),
  };
  const fill = (stream: Stream) => fillArchive(tools, job, task, stream, heard);
  return await extractFrames(task, readable, replan, fill, logger);
}

async function fillArchive(tools: Tools, job: Job, task: Task, stream: Stream, heard: Ear): Promise<Result> {
  const { store } = tools;
  const archive = writeArchive(store, job.archiveKey, task.signal);
  const live = shareFrames(tools, job, task.signal);
  try {
    const sheet = createContactSheet(task.thumbs);
    const { written, dropped } = await addFrames({ archive, sheet, live }, stream, task);
    const { found } = task;
    const warnings = warningsOf(found, stream, written.length + dropped, heard.damaged());
    const manifest = describeArchive(job, found.media, written, {
      width: stream.plan.width,
      height: stream.plan.height,
      expectedFrames: expectedOf(job, found, stream.plan),
      duplicatesDropped: dropped,
      method: stream.method.name,
      adjustments: heard.adjustments(found),
      warnings,
    });
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const offset = await archive.add(MANIFEST_FILE, text);
    const preview = await storeSheet(store, job.previewKey, sheet, task.signal);
    const stored = { ...(await archive.finish()), manifest: { offset, size: text.length } };
    return { archive: stored, preview, media: found.media, frameCount: written.length, warnings };
  } finally {
    await Promise.all([archive.abandon(), live.close()]);
  }
}

async function storeSheet(
  store: ObjectStore,
  key: string,
  sheet: ContactSheet,
  signal: AbortSignal,
): Promise<Preview> {
  const finished = await sheet.finish();
  if (!finished) throw new ExtractionFailure('no_frames', 'there is nothing to show');
  const { size } = await store.put(key, Readable.from([finished.image]), signal);
  return { key, size, ...finished.preview };
}

/** Where pictures go. */
interface Targets {
  archive: ArchiveWriter;
  sheet: ContactSheet;
  live: LiveFrames;
}

async function addFrames(
  { archive, sheet, live }: Targets,
  { pictures }: Stream,
  { recipe, thumbs }: Task,
): Promise<{ written: LiveFrame[]; dropped: number }> {
  const deduper = recipe.dedupe ? createDeduper(thumbs) : undefined;
  const written: LiveFrame[] = [];
  let dropped = 0;
  for await (const { image, timeUs, sourceIndex, thumb } of pictures) {
    if (thumb && deduper?.repeats(thumb)) {
      dropped += 1;
    } else {
      const timeSeconds = timeUs / 1e6;
      const frame = { timeSeconds, sourceIndex, size: image.length };
      written.push(frame);
      if (thumb) sheet.add(thumb, { index: written.length, timeSeconds });
      await archive.add(frameFile(written.length, recipe.format), image);
      await live.add(image, frame);
    }
  }
  return { written, dropped };
}

/** What the decoders said on the way. */
interface Ear {
  listen: (line: string) => void;
  damaged(): boolean;
  adjustments(found: Probe): Adjustment[];
}

function createEar(): Ear {
  let damaged = false;
  let interlaced = false;
  return {
    listen: (line) => {
      damaged ||= tellsDamage(line);
      interlaced ||= / i:[TB] iskey:/.test(line) && line.startsWith('[Parsed_showinfo');
    },
    damaged: () => damaged,
    adjustments: ({ hdr }) => [
      ...(interlaced ? (['deinterlaced'] as const) : []),
      ...(hdr ? (['tone-mapped'] as const) : []),
    ],
  };
}

/** A cut-off file is measured by what its container declares, where it does. */
function expectedOf({ recipe }: Job, { media, declaredSeconds }: Probe, plan: Plan): number {
  if (declaredSeconds === null || declaredSeconds <= media.durationSeconds) return plan.frames.length;
  return samplingOf(recipe, declaredSeconds)?.frames ?? plan.frames.length;
}
