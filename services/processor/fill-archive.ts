import { Readable } from 'node:stream';
import { frameFile, MANIFEST_FILE } from '../../lib/archive-layout.ts';
import type { Job, LiveFrame, Preview } from '../../lib/contracts.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { writeArchive, type ArchiveWriter } from './archive.ts';
import { createContactSheet, type ContactSheet } from './contact-sheet.ts';
import type { Task } from './decode.ts';
import { createDeduper } from './dedupe.ts';
import type { Ear } from './ear.ts';
import type { Stream } from './extract.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import type { LiveFrames } from './live-frames.ts';
import { adjustmentsOf, describeArchive } from './manifest.ts';
import { samplingOf, type Plan } from './plan.ts';
import type { Probe } from './probe.ts';
import type { Completion } from './video-port.ts';
import { warningsOf } from './warnings.ts';

export type Result = Pick<Completion, 'archive' | 'preview' | 'media' | 'frameCount' | 'warnings'>;

/** What an attempt fills an archive with. */
export interface Filling {
  store: ObjectStore;
  job: Job;
  task: Task;
  heard: Ear;
  live: LiveFrames;
}

/**
 * Write a stream of pictures into the archive, and what is known of them into its manifest and a contact sheet.
 * Without a result there is no archive.
 * @throws ExtractionFailure `no_frames`, or whatever the stream or the store throws
 */
export async function fillArchive(
  { store, job, task, heard, live }: Filling,
  stream: Stream,
): Promise<Result> {
  heard.forget();
  const archive = writeArchive(store, job.archiveKey, task.signal);
  try {
    const sheet = createContactSheet(task.thumbs);
    const { written, dropped } = await addFrames({ archive, sheet, live }, stream, task);
    const { found } = task;
    const { damaged, interlaced } = heard.heard();
    const warnings = warningsOf(found, stream, written.length + dropped, damaged);
    const manifest = describeArchive(job, found.media, written, {
      width: stream.plan.width,
      height: stream.plan.height,
      expectedFrames: expectedOf(job, found, stream.plan),
      duplicatesDropped: dropped,
      method: stream.method.name,
      adjustments: adjustmentsOf({ interlaced, hdr: found.hdr }),
      warnings,
    });
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const offset = await archive.add(MANIFEST_FILE, text);
    const preview = await storeSheet(store, job.previewKey, sheet, task.signal);
    const stored = { ...(await archive.finish()), manifest: { offset, size: text.length } };
    return { archive: stored, preview, media: found.media, frameCount: written.length, warnings };
  } finally {
    await archive.abandon();
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
      await live.add(written.length, image, frame);
    }
  }
  return { written, dropped };
}

/** A cut-off file is measured by what its container declares, where it does. */
function expectedOf({ recipe }: Job, { media, declaredSeconds }: Probe, plan: Plan): number {
  if (declaredSeconds === null || declaredSeconds <= media.durationSeconds) return plan.frames.length;
  return samplingOf(recipe, declaredSeconds)?.frames ?? plan.frames.length;
}
