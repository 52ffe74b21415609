import { problemCode } from '../../lib/errors.ts';
import { eraseRows, markGone } from '../../lib/gone-people.ts';
import { doom, LATE_WRITER_MS } from './doomed-objects.ts';
import { removeVideo } from './library.ts';
import { lock } from './locks.ts';
import type { VideoDatabase } from './models.ts';
import type { Upload } from './transfer-models.ts';
import { abandonUpload } from './uploads.ts';

/** Everything of a person who has deleted their account goes. */

const BATCH = 100;

/** From now on the person can begin no upload and make no video. */
export async function refusePerson(db: VideoDatabase, personId: string, now: Date): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    // Uploads that are beginning in this moment hold it: they are seen by the purge.
    await lock(db, 'quotas', personId, transaction);
    await markGone(db.sequelize, personId, now, transaction);
  });
}

/**
 * Remove a person's uploads and videos, with links, runs and objects, and every other row of theirs. What runs stops at
 * its next renewal.
 * @param personId of somebody who was refused before: uploads first, since they become videos
 */
export async function purgePerson(db: VideoDatabase, personId: string, now: Date): Promise<void> {
  for (;;) {
    const uploads = await db.models.upload.findAll({ where: { personId }, limit: BATCH });
    for (const upload of uploads) await endUpload(db, upload, now);
    if (uploads.length < BATCH) break;
  }
  for (;;) {
    const videos = await db.models.video.findAll({ where: { personId }, attributes: ['id'], limit: BATCH });
    for (const { id } of videos) await removeVideo(db, { personId, id }, now).catch(ignoreGone);
    if (videos.length < BATCH) break;
  }
  await db.sequelize.query("DELETE FROM outbox WHERE message->>'personId' = :personId", {
    replacements: { personId },
  });
  await eraseRows(db.sequelize, personId);
}

/** Whoever sends its bytes right now may do so for a moment yet, so the object goes after that. */
async function endUpload(db: VideoDatabase, { id, objectKey, leaseUntil }: Upload, now: Date): Promise<void> {
  await abandonUpload(db, id, now);
  if (!leaseUntil || leaseUntil <= now || (await db.models.video.findByPk(id))) return;
  await doom(db, [objectKey], new Date(now.getTime() + LATE_WRITER_MS));
}

/** Another replica was faster. */
function ignoreGone(error: unknown): void {
  if (problemCode(error) !== 'not_found') throw error;
}
