import { QueryTypes, type Transaction } from 'sequelize';
import { z } from 'zod';
import { entryOf, type Deed, type DeedEntry } from '../../../lib/administration/deeds.ts';
import type { DeedPage } from '../../../lib/administration/replies.ts';
import { cutPage, readPlace } from '../../../lib/page-cursor.ts';
import type { AuthDatabase } from '../models.ts';

/** The audit log of administration: who has done what, to whom. */

export const deedQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

/** Write an entry; told again, it is there already. */
export async function writeDeed(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  entry: DeedEntry,
  transaction: Transaction | null = null,
): Promise<void> {
  await sequelize.query(
    `INSERT INTO deeds (id, at, by, deed, about, details)
     VALUES (:id, :at, :by, :deed, :about, CAST(:details AS jsonb)) ON CONFLICT DO NOTHING`,
    { replacements: { ...entry, details: JSON.stringify(entry.details) }, transaction },
  );
}

/** Write an entry about what happens in this transaction. */
export async function noteDeedHere(
  db: Pick<AuthDatabase, 'sequelize'>,
  deed: Deed,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await writeDeed(db, entryOf(deed, now), transaction);
}

/**
 * A page of the log, newest first.
 * @throws ProblemError `validation_failed` when the cursor is none of ours
 */
export async function listDeeds(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  { limit, cursor }: z.output<typeof deedQuery>,
): Promise<DeedPage> {
  const before = readPlace(cursor);
  const rows = await sequelize.query<Omit<DeedEntry, 'at'> & { at: Date }>(
    `SELECT id, at, by, deed, about, details FROM deeds
     WHERE CAST(:at AS timestamptz) IS NULL OR (at, id) < (:at, CAST(:id AS uuid))
     ORDER BY at DESC, id DESC LIMIT :wanted`,
    {
      replacements: { at: before?.at ?? null, id: before?.id ?? null, wanted: limit + 1 },
      type: QueryTypes.SELECT,
    },
  );
  const { page, nextCursor } = cutPage(rows, limit, (row) => row);
  return { items: page.map((row) => ({ ...row, at: row.at.toISOString() })), nextCursor };
}

const KEPT_MS = 2 * 365 * 24 * 3600 * 1000;

/** Remove what is older than two years. */
export async function forgetDeeds({ sequelize }: AuthDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_MS);
  await sequelize.query('DELETE FROM deeds WHERE at < :before', { replacements: { before } });
}
