import type { Transaction } from 'sequelize';
import { doom } from './doomed-objects.ts';
import { lock } from './locks.ts';
import type { Video, VideoDatabase } from './models.ts';

/**
 * Videos of one person with the same bytes share one stored source. Whoever adds or takes away a reference to it holds
 * its lock until the transaction ends, and looks for the other references only then: so the last one that goes takes
 * the object along, and nobody refers to an object that goes.
 */

/** Locks are taken after the rows of videos, and several of them in the order of the keys. */
export const lockSource = (db: VideoDatabase, objectKey: string, transaction: Transaction): Promise<void> =>
  lock(db, 'source', objectKey, transaction);

/** A locked video lets go of its source: the object goes when no other video refers to it. */
export async function letSource(
  db: VideoDatabase,
  { id, objectKey, sourceRemovedAt }: Video,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  if (sourceRemovedAt) return;
  await lockSource(db, objectKey, transaction);
  const sharing = await db.models.video.findAll({
    where: { objectKey, sourceRemovedAt: null },
    attributes: ['id'],
    transaction,
  });
  if (sharing.every((video) => video.id === id)) await doom(db, [objectKey], now, transaction);
}
