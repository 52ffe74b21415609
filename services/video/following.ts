import { QueryTypes } from 'sequelize';
import { z } from 'zod';
import type { VideoJson } from '../../lib/contracts.ts';
import type { VideoDatabase } from './models.ts';
import { showVideos, type ViewSource } from './views.ts';

/** For those who follow many people's videos: what has changed is in the change log, and here is what it is now. */

const MANY = 500;

export const manySchema = z.strictObject({
  wanted: z.array(z.strictObject({ personId: z.uuid(), id: z.uuid() })).max(MANY),
});
export const queuedSchema = z.strictObject({ personIds: z.array(z.uuid()).max(MANY) });

/** @returns those that are there; a video that is gone, or that is not the person's, is missing */
export async function showMany(
  { models }: VideoDatabase,
  { wanted }: z.output<typeof manySchema>,
  view: ViewSource,
): Promise<{ items: { personId: string; video: VideoJson }[] }> {
  const owners = new Map(wanted.map(({ id, personId }) => [id, personId]));
  const found = await models.video.findAll({
    where: { id: [...owners.keys()] },
    include: { association: 'extractions', attributes: { exclude: ['manifest', 'preview'] } },
    order: [['extractions', 'ordinal', 'DESC']],
  });
  const own = found.filter(({ id, personId }) => owners.get(id) === personId);
  const shown = await showVideos(own, view);
  return { items: shown.map((video, n) => ({ personId: own[n]?.personId ?? '', video })) };
}

/** A queued video and its place: 1 is next. */
export interface Queued {
  id: string;
  personId: string;
  queuePosition: number | null;
}

/** People who wait for more than this see the places of the first ones move. */
const QUEUED_OF_PERSON = 20;

/** The places of these people's queued videos: they move without any change of the videos themselves. */
export async function listQueued(
  { sequelize }: VideoDatabase,
  { personIds }: z.output<typeof queuedSchema>,
  { outlooks }: Pick<ViewSource, 'outlooks'>,
): Promise<{ items: Queued[] }> {
  const rows = await sequelize.query<{ id: string; extractionId: string; personId: string }>(
    `SELECT video_id AS id, id AS "extractionId", person_id AS "personId" FROM (
       SELECT e.*, row_number() OVER (PARTITION BY person_id ORDER BY ordinal) AS place
       FROM extractions e WHERE status = 'queued' AND person_id = ANY (CAST(ARRAY[:personIds] AS uuid[]))
     ) waiting WHERE place <= ${QUEUED_OF_PERSON}`,
    { replacements: { personIds }, type: QueryTypes.SELECT },
  );
  if (rows.length === 0) return { items: [] };
  const ahead = await outlooks();
  return {
    items: rows.map(({ extractionId, ...row }) => ({
      ...row,
      queuePosition: ahead.get(extractionId)?.queuePosition ?? null,
    })),
  };
}
