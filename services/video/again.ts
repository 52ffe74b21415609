import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from 'sequelize';
import type { z } from 'zod';
import { ProblemError } from '../../lib/errors.ts';
import { recipeSchema, type Recipe } from '../../lib/recipe.ts';
import { expiryOf, keepForEver, prolonged, type Retention } from './expiry.ts';
import { changeOwn, newestOf, ownSchema, type Own } from './library.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';
import { checkRoom, type Quotas } from './quotas.ts';
import { finalStatuses } from './transitions.ts';
import { enqueue } from './uploads.ts';

/** Further extractions of a video that is there. */

/** What extracting again is held to; without quotas, nobody is limited. */
export type AgainRules = Retention & { quotas?: Quotas };

export const extractSchema = ownSchema.extend({ recipe: recipeSchema });

/**
 * Run the newest recipe once more, as a new extraction.
 * @throws ProblemError `invalid_state` unless the newest extraction is failed, canceled or expired; `expired` when the
 * source is gone; `quota_exceeded` when the person has no room for frames
 */
export async function retryVideo(
  db: VideoDatabase,
  own: Own,
  now: Date,
  requestId: string = randomUUID(),
  { quotas, ...retention }: AgainRules = keepForEver,
): Promise<void> {
  await changeOwn(db, own, { requestId, now }, async (video, transaction) => {
    const { status, recipe } = newestOf(video);
    if (status === 'completed')
      throw new ProblemError('invalid_state', { detail: 'The frames are there already' });
    assertFinal(status);
    await insistOnRoom(db, own.personId, { quotas, now, transaction });
    await extractAnew(db, { video, recipe, retention, now, transaction });
  });
}

/**
 * Extract again, without uploading again. A recipe whose archive is there already gives that archive at once.
 * @throws ProblemError `invalid_state` while the newest extraction is queued or processing; `expired` when the source
 * is gone, and no archive of the recipe is left; `quota_exceeded` when the person has no room for another one
 */
export async function extractAgain(
  db: VideoDatabase,
  { recipe, ...own }: z.output<typeof extractSchema>,
  now: Date,
  requestId: string = randomUUID(),
  { quotas, ...retention }: AgainRules = keepForEver,
): Promise<void> {
  await changeOwn(db, own, { requestId, now }, async (video, transaction) => {
    assertFinal(newestOf(video).status);
    const finished = video.extractions?.find(
      (extraction) => extraction.status === 'completed' && isDeepStrictEqual(extraction.recipe, recipe),
    );
    const again = { video, recipe, retention, now, transaction };
    if (finished) {
      await showAgain(db, finished, again);
      return;
    }
    await insistOnRoom(db, own.personId, { quotas, now, transaction });
    await extractAnew(db, again);
  });
}

/** Archives count as stored: without this, one video and many recipes would fill any store. */
async function insistOnRoom(
  db: VideoDatabase,
  personId: string,
  { quotas, ...moment }: { quotas: Quotas | undefined; now: Date; transaction: Transaction },
): Promise<void> {
  if (quotas) await checkRoom(db, personId, { quotas, ...moment });
}

interface Again {
  /** Locked, with its extractions. */
  video: Video;
  recipe: Recipe;
  retention: Retention;
  now: Date;
  transaction: Transaction;
}

/**
 * @param again the locked video, and what to extract of it
 * @throws ProblemError `expired` when the source is gone
 */
export async function extractAnew(db: VideoDatabase, again: Again): Promise<void> {
  const { video, recipe, now, transaction } = again;
  if (video.sourceRemovedAt) {
    const detail = 'The video itself has expired; please upload it again to extract frames';
    throw new ProblemError('expired', { detail });
  }
  await keepSource(again);
  await enqueue(db, video, recipe, now, transaction);
}

/** Whoever extracts again wants the source to stay. */
async function keepSource({ video, retention, now, transaction }: Again): Promise<void> {
  const sourceExpiresAt = prolonged(video.sourceExpiresAt, retention.sourceDays, now);
  await video.update({ sourceExpiresAt }, { transaction });
}

/**
 * The newest extraction of a video is what people see, so an archive that is there already becomes the newest. Its time
 * begins anew.
 */
async function showAgain({ models }: VideoDatabase, finished: Extraction, again: Again): Promise<void> {
  const { video, retention, now, transaction } = again;
  await keepSource(again);
  if (finished === newestOf(video)) {
    const expiresAt = prolonged(finished.expiresAt, retention.archiveDays, now);
    await finished.update({ expiresAt }, { transaction });
    return;
  }
  const { videoId, personId, recipe, status, progress, frameCount, warnings } = finished;
  const { archiveKey, archiveSize, archiveSha256, manifest, preview } = finished;
  const archive = { archiveKey, archiveSize, archiveSha256, manifest, preview };
  const result = { recipe, status, progress, frameCount, warnings, ...archive };
  // Nothing runs, so it tells nothing of how fast workers are: it has no start.
  const times = { createdAt: now, runAt: now, finishedAt: now };
  const expiresAt = expiryOf(retention.archiveDays, now);
  await models.extraction.create(
    { ...result, ...times, expiresAt, videoId, personId, id: randomUUID() },
    { transaction },
  );
}

/** @throws ProblemError `invalid_state` while something is under way */
export function assertFinal(status: Extraction['status']): void {
  if ((finalStatuses as readonly string[]).includes(status)) return;
  throw new ProblemError('invalid_state', { detail: `The extraction is still ${status}` });
}
