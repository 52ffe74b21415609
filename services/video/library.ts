import { randomUUID } from 'node:crypto';
import type { Order, Transaction } from 'sequelize';
import { z } from 'zod';
import type { VideoJson } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { once } from '../../lib/once.ts';
import { discardAttempt } from './attempts.ts';
import { doom } from './doomed-objects.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';
import { forgetRanges } from './ranges.ts';
import { letSource } from './sources.ts';
import { moveTo } from './transitions.ts';
import { showVideos, type ViewSource } from './views.ts';

/**
 * A person's own videos: another person's id answers `not_found`, like an id that doesn't exist. What changes a video
 * takes the id of the request that asks for it: delivered again, it changes nothing more.
 */

export const ownSchema = z.strictObject({ personId: z.uuid(), id: z.string() });
export type Own = z.output<typeof ownSchema>;

/** @returns the video as the API shows it */
export async function getVideo(db: VideoDatabase, own: Own, view: ViewSource): Promise<VideoJson> {
  const video = await findOwn(db, own);
  const [shown] = await showVideos([video], view);
  if (!shown) throw new ProblemError('not_found');
  return shown;
}

/**
 * Cancel the newest extraction. Of two callers at once, one wins.
 * @throws ProblemError `invalid_state` when it is neither queued nor processing
 */
export async function cancelVideo(
  db: VideoDatabase,
  own: Own,
  now: Date,
  requestId: string = randomUUID(),
): Promise<void> {
  await changeOwn(db, own, { requestId, now }, async (video, transaction) => {
    await cancelExtraction(db, newestOf(video), now, transaction);
  });
}

/** @throws ProblemError `invalid_state` when the extraction, which is locked, is neither queued nor processing */
export async function cancelExtraction(
  db: VideoDatabase,
  extraction: Extraction,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await moveTo(extraction, 'canceled', { finishedAt: now }, transaction);
  await discardAttempt(db, extraction, now, transaction);
  await forgetRanges(db, extraction.id, now, transaction);
}

/** Remove a video with everything that belongs to it; a worker that is busy with it stops at its next renewal. */
export async function removeVideo(
  db: VideoDatabase,
  own: Own,
  now: Date,
  requestId: string = randomUUID(),
): Promise<void> {
  await changeOwn(db, own, { requestId, now }, async (video, transaction) => {
    const extractions = video.extractions ?? [];
    const results = extractions.flatMap(({ archiveKey, preview }) =>
      [archiveKey ?? [], preview?.key ?? []].flat(),
    );
    await doom(db, [...new Set(results)], now, transaction);
    for (const extraction of extractions) {
      if (extraction.status === 'processing') await discardAttempt(db, extraction, now, transaction);
      await forgetRanges(db, extraction.id, now, transaction);
    }
    await letSource(db, video, now, transaction);
    await video.destroy({ transaction });
  });
}

/**
 * A person's video with its extractions, newest first. One statement, hence one moment: a video never shows beside
 * the extractions of a moment later.
 * @throws ProblemError `not_found`
 */
export async function findOwn({ models }: VideoDatabase, { personId, id }: Own): Promise<Video> {
  if (!isId(id)) throw new ProblemError('not_found');
  const video = await models.video.findOne({
    where: { id, personId },
    include: 'extractions',
    order: [['extractions', 'ordinal', 'DESC']],
  });
  if (!video) throw new ProblemError('not_found');
  return video;
}

/** Change a video in one transaction, once for each request; a request that is delivered again changes nothing more. */
export async function changeOwn(
  db: VideoDatabase,
  own: Own,
  { requestId, now }: { requestId: string; now: Date },
  change: (video: Video, transaction: Transaction) => Promise<void>,
): Promise<void> {
  await once(db.sequelize, requestId, now, async (transaction) =>
    change(await lockOwn(db, own, transaction), transaction),
  );
}

/** The video and its extractions stay locked, so that changes to one video come one by one. */
async function lockOwn(
  { models }: VideoDatabase,
  { personId, id }: Own,
  transaction: Transaction,
): Promise<Video> {
  if (!isId(id)) throw new ProblemError('not_found');
  const locking = { transaction, lock: true };
  const video = await models.video.findOne({ where: { id, personId }, ...locking });
  if (!video) throw new ProblemError('not_found');
  const order: Order = [['ordinal', 'DESC']];
  video.extractions = await models.extraction.findAll({ where: { videoId: id }, order, ...locking });
  return video;
}

const isId = (id: string) => z.uuid().safeParse(id).success;

/** The extraction that stands for its video; the extractions are loaded, newest first. */
export function newestOf({ id, extractions }: Video): Extraction {
  const newest = extractions?.[0];
  if (!newest) throw new Error(`The video ${id} has no extraction`);
  return newest;
}
