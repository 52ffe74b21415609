import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import { statusSchema, type VideoJson } from '../../lib/contracts.ts';
import { cutPage, readPlace } from '../../lib/page-cursor.ts';
import type { VideoDatabase } from './models.ts';
import { showVideos, type ViewSource } from './views.ts';

export const listSchema = z.strictObject({
  personId: z.uuid(),
  status: statusSchema.optional(),
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
  /** Part of the filename. */
  q: z.string().trim().max(200).optional(),
});

/** One page of a person's videos, newest first; `nextCursor` is null on the last one. */
export interface VideoPage {
  items: VideoJson[];
  nextCursor: string | null;
}

/** @throws ProblemError `validation_failed` for a cursor that was not ours */
export async function listVideos(
  db: VideoDatabase,
  { personId, status, limit, cursor, q }: z.output<typeof listSchema>,
  view: ViewSource,
): Promise<VideoPage> {
  const before = readPlace(cursor);
  const rows = await db.sequelize.query<{ id: string; at: Date }>(LIST, {
    replacements: {
      personId,
      status: status ?? null,
      createdAt: before?.at ?? null,
      id: before?.id ?? null,
      pattern: q ? `%${q.replace(/[\\%_]/g, '\\$&')}%` : null,
      limit: limit + 1,
    },
    type: QueryTypes.SELECT,
  });
  const { page, nextCursor } = cutPage(rows, limit, (row) => row);
  const videos = await db.models.video.findAll({
    where: { id: page.map(({ id }) => id) },
    include: 'extractions',
    order: [
      ['createdAt', 'DESC'],
      ['id', 'DESC'],
      ['extractions', 'ordinal', 'DESC'],
    ],
  });
  return { items: await showVideos(videos, view), nextCursor };
}

/** Upper and lower case alike, in every language, and é as one letter or as two (macOS), whatever the database's locale. */
const folded = (text: string) => `normalize(lower(CAST(${text} AS text) COLLATE "und-x-icu"), NFC)`;

const LIST = `
  SELECT v.id, v.created_at AS at FROM videos v
  JOIN LATERAL (
    SELECT status FROM extractions e WHERE e.video_id = v.id ORDER BY e.ordinal DESC LIMIT 1
  ) newest ON true
  WHERE v.person_id = :personId
    AND (CAST(:pattern AS text) IS NULL OR ${folded('v.filename')} LIKE ${folded(':pattern')})
    AND (CAST(:status AS text) IS NULL OR newest.status = :status)
    AND (CAST(:createdAt AS timestamptz) IS NULL OR (v.created_at, v.id) < (:createdAt, CAST(:id AS uuid)))
  ORDER BY v.created_at DESC, v.id DESC
  LIMIT :limit`;
