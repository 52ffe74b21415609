import { z } from 'zod';
import type { ArchiveLocation, SharedFrame } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { findOwn, newestOf, ownSchema } from './library.ts';
import { findShared, listShared } from './live-frames.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';

/** What an extraction has given so far: its archive, or the frames that are finished. */

export const archiveSchema = ownSchema.extend({ extractionId: z.string().optional() });
export const liveFramesSchema = archiveSchema.extend({
  cursor: z.int().min(0),
  limit: z.int().min(1).max(1000),
});
export const liveFrameQuerySchema = archiveSchema.extend({ index: z.int().min(1) });

/**
 * One page of the frames that are finished while an extraction runs.
 * @throws ProblemError `not_ready` when it does not run
 */
export async function listFinishedFrames(
  db: VideoDatabase,
  { cursor, limit, ...query }: z.output<typeof liveFramesSchema>,
): ReturnType<typeof listShared> {
  return listShared(db, await findRunning(db, query), { cursor, limit });
}

/** @throws ProblemError `not_ready` while it is not finished */
export async function findFinishedFrame(
  db: VideoDatabase,
  { index, ...query }: z.output<typeof liveFrameQuerySchema>,
): Promise<SharedFrame> {
  const frame = await findShared(db, await findRunning(db, query), index);
  if (!frame) throw new ProblemError('not_ready', { detail: 'This frame is not finished yet' });
  return frame;
}

async function findRunning(db: VideoDatabase, query: z.output<typeof archiveSchema>): Promise<Extraction> {
  const { extraction } = await findExtraction(db, query);
  if (extraction.status === 'processing') return extraction;
  throw new ProblemError('not_ready', { detail: `The extraction is ${extraction.status}` });
}

/**
 * A person's video with the newest of its extractions, or the one that is asked for.
 * @throws ProblemError `not_found`
 */
export async function findExtraction(
  db: VideoDatabase,
  { extractionId, ...own }: z.output<typeof archiveSchema>,
): Promise<{ video: Video; extraction: Extraction }> {
  const video = await findOwn(db, own);
  const extraction = extractionId
    ? video.extractions?.find(({ id }) => id === extractionId)
    : newestOf(video);
  if (!extraction) throw new ProblemError('not_found');
  return { video, extraction };
}

/**
 * Find an archive: the newest extraction's, or that of the one asked for.
 * @throws ProblemError `not_ready`, `expired`
 */
export async function findArchive(
  db: VideoDatabase,
  query: z.output<typeof archiveSchema>,
): Promise<ArchiveLocation> {
  const { video, extraction } = await findExtraction(db, query);
  const { status, archiveKey: key, archiveSize, archiveSha256: sha256, finishedAt } = extraction;
  const { manifest, preview, recipe } = extraction;
  if (status === 'expired') throw new ProblemError('expired');
  if (status !== 'completed' || !key || !sha256 || !finishedAt || !manifest || !preview) {
    throw new ProblemError('not_ready', { detail: `The extraction is ${status}` });
  }
  return {
    ...{ key, size: Number(archiveSize), sha256, manifest, preview },
    filename: video.filename,
    format: recipe.format,
    durationSeconds: video.media?.durationSeconds ?? 0,
    finishedAt: finishedAt.toISOString(),
  };
}
