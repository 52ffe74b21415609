import { Op, QueryTypes, type Transaction } from 'sequelize';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { VideoDatabase } from './models.ts';
import { DELETING_LOCK } from './named-objects.ts';

/**
 * Deleting objects is crash-safe because the decision is a row: an object's key stands in `doomed_objects` from before
 * its first byte is written until a row refers to it, and again from the transaction that removes that row. The sweep
 * deletes what is due, in the store first, then the row.
 */

/** A whole upload must end within this time. */
export const UNCLAIMED_OBJECT_MS = 48 * 3600 * 1000;

/**
 * So must an attempt at an extraction, whatever PROCESSING_TIMEOUT_SECONDS allows. However one ends, what it leaves is
 * doomed anew, so nothing waits for this.
 */
export const ATTEMPT_OBJECT_MS = 30 * 24 * 3600 * 1000;

/** A worker that was refused its lease may still be writing for a moment. */
export const LATE_WRITER_MS = 10 * 60 * 1000;

/** Doom objects, or change when doomed ones go. */
export async function doom(
  { models }: VideoDatabase,
  keys: string[],
  dueAt: Date,
  transaction?: Transaction,
): Promise<void> {
  if (keys.length === 0) return;
  const rows = keys.map((key) => ({ key, dueAt }));
  await models.doomedObject.bulkCreate(rows, {
    updateOnDuplicate: ['dueAt'],
    ...(transaction ? { transaction } : {}),
  });
}

/**
 * Keep an object: a row of this transaction refers to it from now on.
 * @returns whether it was doomed; false means that it may be deleted already
 */
export async function spare(
  { models }: VideoDatabase,
  key: string,
  transaction: Transaction,
): Promise<boolean> {
  return (await models.doomedObject.destroy({ where: { key }, transaction })) === 1;
}

/**
 * Delete the objects that are due, some at a time. One that can't be deleted lets the others go first the next time.
 * @returns how many were deleted; none while a backup copies objects
 * @throws what the store throws; what was deleted until then is
 */
export async function deleteDueObjects(db: VideoDatabase, store: ObjectStore, now: Date): Promise<number> {
  const { deleted, failure } = await db.sequelize.transaction(async (transaction) => {
    if (!(await mayDelete(db, transaction))) return { deleted: 0, failure: undefined };
    const due = await db.models.doomedObject.findAll({
      where: { dueAt: { [Op.lte]: now } },
      order: ['dueAt'],
      limit: 100,
      lock: true,
      skipLocked: true,
      transaction,
    });
    for (const [deleted, row] of due.entries()) {
      try {
        await store.delete(row.key);
      } catch (error) {
        await row.update({ dueAt: now }, { transaction });
        return { deleted, failure: error as Error };
      }
      await row.destroy({ transaction });
    }
    return { deleted: due.length, failure: undefined };
  });
  if (failure) throw failure;
  return deleted;
}

async function mayDelete({ sequelize }: VideoDatabase, transaction: Transaction): Promise<boolean> {
  const [row] = await sequelize.query<{ free: boolean }>(
    `SELECT pg_try_advisory_xact_lock_shared(${DELETING_LOCK}) AS free`,
    { type: QueryTypes.SELECT, transaction },
  );
  return row?.free === true;
}
