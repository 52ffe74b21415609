import { createHash } from 'node:crypto';
import type { Transaction } from 'sequelize';
import type { z } from 'zod';
import { ProblemError } from '../../lib/errors.ts';
import { lock } from './locks.ts';
import type { Video, VideoDatabase } from './models.ts';
import { tellOfQuotas } from './quota-notices.ts';
import { checkQuotas } from './quotas.ts';
import { lockSource } from './sources.ts';
import { findEarlier, insertVideo, uploadSchema, type UploadRules } from './uploads.ts';
import type { KnownSource } from '../../lib/replies.ts';

/** A video can be made of bytes that the same person has stored already, without sending them once more. */

/** A person's claim to have certain bytes; what others have stored is never told. */
export const contentSchema = uploadSchema.pick({ personId: true, sha256: true, size: true });
type Content = z.output<typeof contentSchema>;

/** `videoId` is that of the video to be made: a request that is delivered again makes no second one. */
export const reuseSchema = uploadSchema.omit({ contentType: true }).partial({ filename: true });

/** @returns the person's newest video of these bytes whose source is still there */
export async function checkSource(db: VideoDatabase, content: Content): Promise<KnownSource> {
  const video = await findSource(db, content);
  if (!video) return { exists: false, video: null };
  const { id, filename, createdAt } = video;
  return { exists: true, video: { id, filename, createdAt: createdAt.toISOString() } };
}

/**
 * Make a video, with its first extraction, of a source that the person has: nothing is transferred. Quotas count it as
 * a video of the day, with no bytes of its own.
 *
 * Calling it again for the same video, or with the same Idempotency-Key, gives the same video.
 * @returns the video's id, and whether this call made it
 * @throws ProblemError `not_found` when the person has no such source, `quota_exceeded`, `idempotency_mismatch`
 */
export async function reuseSource(
  db: VideoDatabase,
  wish: z.output<typeof reuseSchema>,
  rules: UploadRules,
  now: Date,
): Promise<{ videoId: string; created: boolean }> {
  return db.sequelize.transaction(async (transaction) => {
    const fingerprint = fingerprintOf(wish);
    await lock(db, 'video', wish.videoId, transaction);
    const earlier = await findEarlier(db, { ...wish, fingerprint }, now, transaction);
    if (earlier) return { videoId: earlier, created: false };
    const { quotas } = rules;
    await checkQuotas(db, wish.personId, { size: 0, transfers: false }, { quotas, now, transaction });
    const source = await holdSource(db, wish, transaction);
    const { contentType, objectKey, media } = source;
    const { filename = source.filename, ...made } = { ...wish, contentType, objectKey, media, fingerprint };
    await insertVideo(db, { ...made, filename }, rules, now, transaction);
    await tellOfQuotas(db, wish.personId, { quotas, now, transaction });
    return { videoId: wish.videoId, created: true };
  });
}

/** Until the transaction ends, the source of the video that is returned stays. */
async function holdSource(db: VideoDatabase, content: Content, transaction: Transaction): Promise<Video> {
  for (;;) {
    const found = await findSource(db, content, { transaction });
    if (!found) throw new ProblemError('not_found', { detail: 'You have no such video. Please upload it' });
    const { objectKey } = found;
    await lockSource(db, objectKey, transaction);
    const held = await findSource(db, content, { transaction, objectKey });
    if (held) return held;
  }
}

function findSource(
  { models }: VideoDatabase,
  { personId, sha256, size }: Content,
  { transaction, objectKey }: { transaction?: Transaction; objectKey?: string } = {},
): Promise<Video | null> {
  const content = { personId, sha256, size, sourceRemovedAt: null };
  return models.video.findOne({
    where: objectKey === undefined ? content : { ...content, objectKey },
    order: [['createdAt', 'DESC']],
    ...(transaction ? { transaction } : {}),
  });
}

/** Of what the client has sent: a name that is left out may be another one the next time. */
function fingerprintOf({ sha256, size, filename, recipe }: z.output<typeof reuseSchema>): string {
  return createHash('sha256')
    .update(JSON.stringify(['reuse', sha256, size, filename ?? null, recipe]))
    .digest('hex');
}
