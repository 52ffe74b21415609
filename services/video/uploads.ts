import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { ProblemError } from '../../lib/errors.ts';
import { recipeSchema, type Recipe } from '../../lib/recipe.ts';
import { doom, spare, UNCLAIMED_OBJECT_MS } from './doomed-objects.ts';
import type { Video, VideoDatabase } from './models.ts';
import { record } from './outbox.ts';

const IDEMPOTENCY_MS = 24 * 3600 * 1000;

export const uploadSchema = z.strictObject({
  videoId: z.uuid(),
  personId: z.uuid(),
  filename: z.string().min(1).max(255),
  contentType: z.string().min(1).max(255),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  recipe: recipeSchema,
  idempotencyKey: z.string().min(1).max(255).optional(),
});
type Upload = z.output<typeof uploadSchema>;

const sourceKey = (videoId: string) => `sources/${videoId}`;

/**
 * Begin an upload: an id for the video and the key its bytes go to. Until `createVideo`, the object is doomed.
 * @returns `{videoId, key}`
 */
export async function reserveUpload(db: VideoDatabase, now: Date): Promise<{ videoId: string; key: string }> {
  const videoId = randomUUID();
  const key = sourceKey(videoId);
  await doom(db, [key], new Date(now.getTime() + UNCLAIMED_OBJECT_MS));
  return { videoId, key };
}

/** An upload came to nothing. Harmless when the video was made after all: its object is no longer doomed then. */
export async function abandonUpload({ models }: VideoDatabase, videoId: string, now: Date): Promise<void> {
  await models.doomedObject.update({ dueAt: now }, { where: { key: sourceKey(videoId) } });
}

/**
 * Turn stored bytes into a video with its first extraction, queued, and the event that says so: one transaction.
 *
 * Calling it again for the same upload gives the same video. With an Idempotency-Key, another upload of the same
 * content within 24 hours gives the first one's video; the second object goes.
 * @returns the video's id, and whether this call made it
 * @throws ProblemError `idempotency_mismatch` when the key was used for other content, `not_found` when the upload
 * was given up long ago
 */
export async function createVideo(
  db: VideoDatabase,
  upload: Upload,
  now: Date,
): Promise<{ videoId: string; created: boolean }> {
  return db.sequelize.transaction(async (transaction) => {
    const earlier = await findEarlier(db, upload, now, transaction);
    if (earlier) {
      if (earlier !== upload.videoId) await doom(db, [sourceKey(upload.videoId)], now, transaction);
      return { videoId: earlier, created: false };
    }
    if (!(await spare(db, sourceKey(upload.videoId), transaction))) {
      throw new ProblemError('not_found', { detail: 'This upload has been given up; please start it again' });
    }
    await insertVideo(db, upload, now, transaction);
    return { videoId: upload.videoId, created: true };
  });
}

async function insertVideo(
  db: VideoDatabase,
  upload: Upload,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const { videoId, recipe, idempotencyKey, ...fields } = upload;
  const video = await db.models.video.create(
    { ...fields, id: videoId, objectKey: sourceKey(videoId), createdAt: now },
    { transaction },
  );
  await enqueue(db, video, recipe, now, transaction);
  if (idempotencyKey === undefined) return;
  const row = { personId: upload.personId, key: idempotencyKey, fingerprint: fingerprint(upload) };
  await db.models.idempotencyKey.create({ ...row, videoId, createdAt: now }, { transaction });
}

/**
 * Add an extraction to a video, with the event that wakes a worker.
 * @param video the video; lock it when it has extractions already
 */
export async function enqueue(
  db: VideoDatabase,
  video: Video,
  recipe: Recipe,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const ids = { videoId: video.id, personId: video.personId };
  const extraction = await db.models.extraction.create(
    { ...ids, id: randomUUID(), recipe, status: 'queued', runAt: now, createdAt: now },
    { transaction },
  );
  await record(db, 'video.uploaded', { ...ids, extractionId: extraction.id }, now, transaction);
}

/** The video that this call, or an earlier one with the same Idempotency-Key, has made already. */
async function findEarlier(
  db: VideoDatabase,
  upload: Upload,
  now: Date,
  transaction: Transaction,
): Promise<string | undefined> {
  const same = await db.models.video.findByPk(upload.videoId, { transaction });
  if (same) return same.personId === upload.personId ? same.id : undefined;
  const { personId, idempotencyKey: key } = upload;
  if (key === undefined) return undefined;
  await lockKey(db, `${personId} ${key}`, transaction);
  const used = await db.models.idempotencyKey.findOne({ where: { personId, key }, transaction });
  if (!used) return undefined;
  if (now.getTime() - used.createdAt.getTime() > IDEMPOTENCY_MS) {
    await used.destroy({ transaction });
    return undefined;
  }
  if (used.fingerprint !== fingerprint(upload)) throw new ProblemError('idempotency_mismatch');
  return used.videoId;
}

/** Duplicates that arrive at once wait for each other, so that one makes the video and the others find it. */
async function lockKey({ sequelize }: VideoDatabase, key: string, transaction: Transaction): Promise<void> {
  const replacements = { key };
  await sequelize.query('SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))', {
    replacements,
    transaction,
  });
}

function fingerprint({ sha256, filename, recipe }: Upload): string {
  return createHash('sha256')
    .update(JSON.stringify([sha256, filename, recipe]))
    .digest('hex');
}
