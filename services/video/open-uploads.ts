import { z } from 'zod';
import type { UploadState } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { VideoDatabase } from './models.ts';

/** Uploads that clients come back to. */

export const findUploadSchema = z.strictObject({ personId: z.uuid(), id: z.string() });
export const noteUploadSchema = z.strictObject({ id: z.uuid(), storeUploadId: z.string().min(1).max(2048) });

/**
 * Find a person's upload by its id; also when it has become a video, since the client may not know.
 * @throws ProblemError `not_found`, also for another person's; `expired`
 */
export async function findUpload(
  { models }: VideoDatabase,
  { personId, id }: z.output<typeof findUploadSchema>,
  now: Date,
): Promise<UploadState> {
  if (!z.uuid().safeParse(id).success) throw new ProblemError('not_found');
  const upload = await models.upload.findOne({ where: { id, personId } });
  if (!upload) return findMade({ models }, { personId, id });
  if (upload.expiresAt <= now) throw new ProblemError('expired', { detail: 'This upload has expired' });
  const {
    kind,
    objectKey: key,
    size,
    filename,
    recipe,
    sha256,
    storeUploadId,
    createdAt,
    expiresAt,
  } = upload;
  return {
    ...{ id, kind, key, filename, recipe, sha256, storeUploadId, isVideo: false },
    size: size === null ? null : Number(size),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

async function findMade(
  { models }: Pick<VideoDatabase, 'models'>,
  { personId, id }: z.output<typeof findUploadSchema>,
): Promise<UploadState> {
  const video = await models.video.findOne({ where: { id, personId } });
  if (!video) throw new ProblemError('not_found');
  const { objectKey: key, size, filename, sha256, createdAt } = video;
  return {
    ...{ id, kind: null, key, filename, recipe: null, sha256, storeUploadId: null, isVideo: true },
    size: Number(size),
    createdAt: createdAt.toISOString(),
    expiresAt: null,
  };
}

/** Remember the store's own name of an upload that clients send straight to it. */
export async function noteUpload(
  { models }: VideoDatabase,
  { id, storeUploadId }: z.output<typeof noteUploadSchema>,
): Promise<void> {
  await models.upload.update({ storeUploadId }, { where: { id } });
}
