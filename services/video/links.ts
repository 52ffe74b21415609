import { randomUUID } from 'node:crypto';
import { Op } from 'sequelize';
import { z } from 'zod';
import { sha256Schema, type ArchiveLocation, type DownloadLink } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { once } from '../../lib/once.ts';
import { findOwn, ownSchema } from './library.ts';
import type { VideoDatabase } from './models.ts';
import { archiveSchema, findArchive, findExtraction } from './results.ts';
import type { Link } from './transfer-models.ts';

/**
 * Links by which anybody can download one archive for a while. Whoever makes a link keeps its secret; here only the
 * secret's SHA-256 is known, so nobody who reads the database, the broker or the log can use a link.
 */

const MAX_LIVE_LINKS = 100;

const secretSchema = z.strictObject({ secretSha256: sha256Schema });

export const createLinkSchema = archiveSchema.extend({
  ...secretSchema.shape,
  expiresSeconds: z.int().min(60).max(604_800),
});
export const findLinkSchema = secretSchema;
export const revokeLinkSchema = ownSchema.extend({ linkId: z.string() });

/**
 * Make a link to the archive of the newest extraction, or of the one that is asked for. Asked again with the same
 * secret, it is the same link.
 * @param secretSha256 lowercase hex
 * @throws ProblemError `not_found`, `not_ready`, `expired` as for a download; `invalid_state` when the video has as
 * many live links as it may
 */
export async function createLink(
  db: VideoDatabase,
  { secretSha256, expiresSeconds, ...query }: z.output<typeof createLinkSchema>,
  now: Date,
): Promise<DownloadLink> {
  const { video, extraction } = await findExtraction(db, query);
  await findArchive(db, { ...query, extractionId: extraction.id });
  return db.sequelize.transaction(async (transaction) => {
    // Whoever makes links to one video at once must see each other's, or a delete that came first.
    if (!(await db.models.video.findByPk(video.id, { transaction, lock: true })))
      throw new ProblemError('not_found');
    const known = await db.models.link.findOne({ where: { secretSha256, videoId: video.id }, transaction });
    if (known) return show(known);
    const live = await db.models.link.count({ where: liveOf(video.id, now), transaction });
    if (live >= MAX_LIVE_LINKS) {
      const detail = `A video may have ${MAX_LIVE_LINKS} live links; revoke one first`;
      throw new ProblemError('invalid_state', { detail });
    }
    const ids = { id: randomUUID(), videoId: video.id, extractionId: extraction.id };
    const expiresAt = new Date(now.getTime() + expiresSeconds * 1000);
    return show(
      await db.models.link.create({ ...ids, secretSha256, createdAt: now, expiresAt }, { transaction }),
    );
  });
}

/**
 * The links of a video that still work, newest first.
 * @throws ProblemError `not_found`
 */
export async function listLinks(
  db: VideoDatabase,
  own: z.output<typeof ownSchema>,
  now: Date,
): Promise<{ items: DownloadLink[] }> {
  const { id } = await findOwn(db, own);
  const order: [string, string][] = [
    ['createdAt', 'DESC'],
    ['id', 'DESC'],
  ];
  return { items: (await db.models.link.findAll({ where: liveOf(id, now), order })).map(show) };
}

/**
 * A link stops to work.
 * @param requestId a request that is delivered again changes nothing more
 * @throws ProblemError `not_found`, also when it was revoked before
 */
export async function revokeLink(
  db: VideoDatabase,
  { linkId, ...own }: z.output<typeof revokeLinkSchema>,
  now: Date,
  requestId: string = randomUUID(),
): Promise<void> {
  const video = await findOwn(db, own);
  await once(db.sequelize, requestId, now, async (transaction) => {
    if (!z.uuid().safeParse(linkId).success) throw new ProblemError('not_found');
    const removed = await db.models.link.destroy({ where: { id: linkId, videoId: video.id }, transaction });
    if (removed === 0) throw new ProblemError('not_found');
  });
}

/**
 * The archive behind a link's secret.
 * @throws ProblemError `not_found` for one that is unknown or was revoked, `expired` when it, or its archive, is
 */
export async function findLink(
  db: VideoDatabase,
  { secretSha256 }: z.output<typeof findLinkSchema>,
  now: Date,
): Promise<ArchiveLocation> {
  const link = await db.models.link.findOne({ where: { secretSha256 } });
  const video = link && (await db.models.video.findByPk(link.videoId));
  if (!video) throw new ProblemError('not_found');
  if (link.expiresAt <= now) throw new ProblemError('expired');
  return findArchive(db, { personId: video.personId, id: video.id, extractionId: link.extractionId });
}

const liveOf = (videoId: string, now: Date) => ({ videoId, expiresAt: { [Op.gt]: now } });

const show = ({ id, extractionId, createdAt, expiresAt }: Link): DownloadLink => ({
  id,
  extraction: extractionId,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
});
