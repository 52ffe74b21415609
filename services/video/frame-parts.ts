import type { Transaction } from 'sequelize';
import { partKey } from '../../lib/contracts.ts';
import { doom } from './doomed-objects.ts';
import type { Extraction, VideoDatabase } from './models.ts';

/** The attempt has ended: the parts of its finished frames are no longer listed, and their objects go. */
export async function forgetShared(
  db: VideoDatabase,
  { id }: Extraction,
  dueAt: Date,
  transaction: Transaction,
): Promise<void> {
  const where = { extractionId: id };
  const parts = await db.models.framePart.findAll({ where, attributes: ['attempt', 'part'], transaction });
  await doom(
    db,
    parts.map((row) => partKey(id, row.attempt, row.part)),
    dueAt,
    transaction,
  );
  await db.models.framePart.destroy({ where, transaction });
}
