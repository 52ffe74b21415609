import { Op, QueryTypes } from 'sequelize';
import { z } from 'zod';
import { liveFrameSchema, partKey, type LiveFrame, type SharedFrame } from '../../lib/contracts.ts';
import { attemptSchema, withAttempt, type Outcome } from './attempts.ts';
import { doom, ATTEMPT_OBJECT_MS } from './doomed-objects.ts';
import type { Extraction, VideoDatabase } from './models.ts';

/** Frames that are finished before their archive is: parts of a few frames, each an object. */

export const shareSchema = attemptSchema.extend({
  /** Counts the parts of the attempt from 1. */
  part: z.int().min(1),
  frames: z.array(liveFrameSchema).min(1).max(1000),
});

/**
 * Record a part; its object is written once this has been accepted. Telling it again changes nothing.
 * @returns not accepted once the attempt has ended, also when it is completed: nobody would remove the object
 */
export async function shareFrames(
  db: VideoDatabase,
  { extractionId, attempt, part, frames }: z.output<typeof shareSchema>,
  now: Date,
): Promise<Outcome> {
  let accepted = false;
  await withAttempt(db, { extractionId, attempt }, async (_, transaction) => {
    accepted = true;
    await doom(
      db,
      [partKey(extractionId, attempt, part)],
      new Date(now.getTime() + ATTEMPT_OBJECT_MS),
      transaction,
    );
    const known = await db.models.framePart.sum('count', { where: { extractionId, attempt }, transaction });
    const row = { extractionId, attempt, part, first: (known || 0) + 1, count: frames.length, frames };
    await db.models.framePart.findOrCreate({
      where: { extractionId, attempt, part },
      defaults: row,
      transaction,
    });
  });
  return { accepted };
}

/** One page of the frames that are finished, in order. */
export async function listShared(
  { sequelize, models }: VideoDatabase,
  { id, attempt }: Pick<Extraction, 'id' | 'attempt'>,
  { cursor, limit }: { cursor: number; limit: number },
): Promise<{ items: (LiveFrame & { index: number })[]; total: number }> {
  const total = await models.framePart.sum('count', { where: { extractionId: id, attempt } });
  const items = await sequelize.query<LiveFrame & { index: string }>(
    `SELECT p.first + f.place - 1 AS index, f.frame->'timeSeconds' AS "timeSeconds",
            f.frame->'sourceIndex' AS "sourceIndex", f.frame->'size' AS size
     FROM frame_parts p CROSS JOIN LATERAL jsonb_array_elements(p.frames) WITH ORDINALITY f (frame, place)
     WHERE p.extraction_id = :id AND p.attempt = :attempt AND p.first + p.count > :cursor
       AND p.first + f.place - 1 > :cursor
     ORDER BY 1 LIMIT :limit`,
    { replacements: { id, attempt, cursor, limit }, type: QueryTypes.SELECT },
  );
  return { items: items.map((item) => ({ ...item, index: Number(item.index) })), total: total || 0 };
}

/**
 * Find one finished frame.
 * @param index counts from 1
 * @returns null when it is not finished yet
 */
export async function findShared(
  { models }: VideoDatabase,
  { id, attempt, recipe }: Extraction,
  index: number,
): Promise<SharedFrame | null> {
  const where = { extractionId: id, attempt, first: { [Op.lte]: index } };
  const part = await models.framePart.findOne({ where, order: [['first', 'DESC']] });
  const place = part ? index - part.first : 0;
  const frame = part?.frames[place];
  if (!part || !frame) return null;
  const offset = part.frames.slice(0, place).reduce((sum, { size }) => sum + size, 0);
  return { key: partKey(id, attempt, part.part), offset, size: frame.size, format: recipe.format };
}
