import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { sha256Schema, type Media, type Reservation } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { recipeSchema, type Recipe } from '../../lib/recipe.ts';
import { doom, spare, UNCLAIMED_OBJECT_MS } from './doomed-objects.ts';
import { expiryOf } from './expiry.ts';
import { lock } from './locks.ts';
import type { Video, VideoDatabase } from './models.ts';
import { record } from './outbox.ts';
import { tellOfQuotas } from './quota-notices.ts';
import { checkArrival, checkQuotas, countVideo, type Quotas } from './quotas.ts';
import type { Upload as UploadRow } from './transfer-models.ts';
import { LEASE_MS } from './upload-leases.ts';

const HOUR_MS = 3600 * 1000;
const IDEMPOTENCY_MS = 24 * HOUR_MS;
/** A transfer that began in time may end a little later. */
const GRACE_MS = HOUR_MS;

/** What uploads are held to. */
export interface UploadRules {
  quotas: Quotas;
  /** How long an upload that can be resumed stays. */
  expiresHours: number;
  /** How long a video's source stays; 0 for ever. */
  sourceDays: number;
}

const filenameSchema = z.string().min(1).max(255);

export const reserveSchema = z.strictObject({
  personId: z.uuid(),
  kind: z.enum(['plain', 'resumable', 'direct']),
  /** In bytes; null when the client does not say. */
  size: z.int().min(0).nullable(),
  filename: filenameSchema.optional(),
  recipe: recipeSchema.optional(),
  sha256: sha256Schema.optional(),
});

/** With the client's address, where it is known. */
export const reserveFromSchema = reserveSchema.extend({ address: z.string().max(100).optional() });

export const uploadSchema = z.strictObject({
  videoId: z.uuid(),
  personId: z.uuid(),
  filename: filenameSchema,
  contentType: z.string().min(1).max(255),
  size: z.int().min(0),
  sha256: sha256Schema,
  recipe: recipeSchema,
  idempotencyKey: z.string().min(1).max(255).optional(),
});
type Upload = z.output<typeof uploadSchema>;

/**
 * Begin an upload: an id, which is that of the video it becomes, and the key its bytes go to. Until `createVideo`, the
 * object is doomed.
 * @throws ProblemError `too_large`, `quota_exceeded`
 */
export async function reserveUpload(
  db: VideoDatabase,
  { personId, kind, size, ...about }: z.output<typeof reserveSchema>,
  { quotas, expiresHours }: UploadRules,
  now: Date,
): Promise<Reservation> {
  const videoId = randomUUID();
  const key = `${kind === 'plain' ? 'sources' : 'uploads'}/${videoId}`;
  const lifeMs = kind === 'plain' ? UNCLAIMED_OBJECT_MS : expiresHours * HOUR_MS;
  const expiresAt = new Date(now.getTime() + lifeMs);
  const room = await db.sequelize.transaction(async (transaction) => {
    const wish = { size, transfers: kind !== 'direct' };
    const allowed = await checkQuotas(db, personId, wish, { quotas, now, transaction });
    const fields = { id: videoId, personId, kind, objectKey: key, size, createdAt: now, expiresAt };
    const leaseUntil = kind === 'direct' ? null : new Date(now.getTime() + LEASE_MS);
    await db.models.upload.create({ ...fields, ...about, leaseUntil }, { transaction });
    await doom(db, [key], new Date(expiresAt.getTime() + GRACE_MS), transaction);
    return allowed;
  });
  return { videoId, key, expiresAt: expiresAt.toISOString(), ...room };
}

/**
 * An upload came to nothing. Harmless when the video was made after all: its object is no longer doomed then.
 * @returns whether this call gave it up; false when it has become a video, or was given up before
 */
export async function abandonUpload(
  db: VideoDatabase,
  videoId: string,
  now: Date,
): Promise<{ abandoned: boolean }> {
  return db.sequelize.transaction(async (transaction) => {
    const upload = await db.models.upload.findByPk(videoId, { transaction, lock: true });
    if (upload) await giveUp(db, upload, now, transaction);
    return { abandoned: upload !== null };
  });
}

async function giveUp(
  { models }: VideoDatabase,
  upload: UploadRow,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await models.doomedObject.update({ dueAt: now }, { where: { key: upload.objectKey }, transaction });
  await upload.destroy({ transaction });
}

/**
 * Turn stored bytes into a video with its first extraction, queued, and the event that says so: one transaction.
 *
 * Calling it again for the same upload gives the same video. With an Idempotency-Key, another upload of the same
 * content within 24 hours gives the first one's video; the second object goes.
 * @returns the video's id, and whether this call made it
 * @throws ProblemError `idempotency_mismatch` when the key was used for other content, `not_found` when the upload
 * was given up long ago, `quota_exceeded` see {@link checkArrival}
 */
export async function createVideo(
  db: VideoDatabase,
  upload: Upload,
  rules: UploadRules,
  now: Date,
): Promise<{ videoId: string; created: boolean }> {
  return db.sequelize.transaction(async (transaction) => {
    const { videoId, personId, size } = upload;
    const row = await db.models.upload.findOne({
      where: { id: videoId, personId },
      transaction,
      lock: true,
    });
    const mark = fingerprint(upload);
    const earlier = await findEarlier(db, { ...upload, fingerprint: mark }, now, transaction);
    if (earlier) {
      if (row) await giveUp(db, row, now, transaction);
      return { videoId: earlier, created: false };
    }
    if (!row || !(await spare(db, row.objectKey, transaction))) {
      throw new ProblemError('not_found', { detail: 'This upload has been given up; please start it again' });
    }
    await checkArrival(db, row, size, { quotas: rules.quotas, now, transaction });
    const made = { ...upload, objectKey: row.objectKey, fingerprint: mark };
    await insertVideo(db, made, rules, now, transaction);
    await row.destroy({ transaction });
    await tellOfQuotas(db, personId, { quotas: rules.quotas, now, transaction });
    return { videoId, created: true };
  });
}

/** Make the video of an object that nothing will delete any more. */
export async function insertVideo(
  db: VideoDatabase,
  upload: Upload & { objectKey: string; fingerprint: string; media?: Media | null },
  { sourceDays }: UploadRules,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const { videoId, recipe, idempotencyKey, fingerprint, ...fields } = upload;
  const sourceExpiresAt = expiryOf(sourceDays, now);
  const video = await db.models.video.create(
    { ...fields, id: videoId, createdAt: now, sourceExpiresAt },
    { transaction },
  );
  await countVideo(db, video.personId, now, transaction);
  await enqueue(db, video, recipe, now, transaction);
  if (idempotencyKey === undefined) return;
  const row = { personId: upload.personId, key: idempotencyKey, fingerprint };
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

/**
 * The video that this call, or an earlier one with the same Idempotency-Key, has made already.
 * @throws ProblemError `idempotency_mismatch`
 */
export async function findEarlier(
  db: VideoDatabase,
  upload: Pick<Upload, 'videoId' | 'personId' | 'idempotencyKey'> & { fingerprint: string },
  now: Date,
  transaction: Transaction,
): Promise<string | undefined> {
  const same = await db.models.video.findByPk(upload.videoId, { transaction });
  if (same) return same.personId === upload.personId ? same.id : undefined;
  const { personId, idempotencyKey: key } = upload;
  if (key === undefined) return undefined;
  // Duplicates that arrive at once wait for each other, so that one makes the video and the others find it.
  await lock(db, 'idempotency', `${personId} ${key}`, transaction);
  const used = await db.models.idempotencyKey.findOne({ where: { personId, key }, transaction });
  if (!used) return undefined;
  if (now.getTime() - used.createdAt.getTime() > IDEMPOTENCY_MS) {
    await used.destroy({ transaction });
    return undefined;
  }
  if (used.fingerprint !== upload.fingerprint) throw new ProblemError('idempotency_mismatch');
  return used.videoId;
}

function fingerprint({ sha256, filename, recipe }: Upload): string {
  return createHash('sha256')
    .update(JSON.stringify([sha256, filename, recipe]))
    .digest('hex');
}
