import type { Transaction } from 'sequelize';
import { doom } from './doomed-objects.ts';
import type { VideoDatabase } from './models.ts';
import { lockSource } from './sources.ts';
import { moveTo } from './transitions.ts';

/** One thing that goes, or would go. */
export interface Going {
  what: 'archive' | 'preview' | 'source' | 'extraction' | 'upload' | 'link' | 'day' | 'object';
  /** Of its row; of an object that has none, its key. */
  id: string;
  /** The object that goes with it; null when none does, or something else refers to it. */
  key: string | null;
  reason: string;
  /** ISO 8601. */
  expiredAt: string | null;
  /** Bytes that come free. */
  size: number | null;
}

export type DueRow = Pick<Going, 'what' | 'id' | 'key'> & { size: string | null; expiredAt: Date | null };
export type BatchRow = Record<'id' | 'cursor', string>;

/**
 * What goes, and how. A batch is found by `batch`, then `due` tells of it in a statement of its own; without a lock on the
 * batch that is the plan. To carry it out, the rows are locked (those that somebody else works on wait for the next
 * time), and `due` sees what was true when the locks were there.
 */
export interface Rule {
  reason: string;
  /** Gives `id` and `cursor`, behind `:after`, in the order of the cursor. */
  batch: string;
  lock: string;
  /** Takes `:ids` of a batch and gives {@link DueRow}s. */
  due: string;
  /** Further locks, once the rows are locked. */
  prepare?(db: VideoDatabase, batch: BatchRow[], transaction: Transaction): Promise<void>;
  carryOut(db: VideoDatabase, due: DueRow[], now: Date, transaction: Transaction): Promise<void>;
}

/**
 * Videos with extractions that fit a condition; whatever changes an extraction locks its video first. Begins with the
 * extractions, of which few fit, and not with the videos.
 */
const videosWith = (condition: string) => `
  SELECT CAST(v.id AS text) AS id, CAST(v.id AS text) AS cursor FROM videos v
  WHERE v.id IN (
    SELECT e.video_id FROM extractions e WHERE ${condition} AND CAST(e.video_id AS text) > :after
    GROUP BY e.video_id ORDER BY CAST(e.video_id AS text) LIMIT :limit
  )
  ORDER BY cursor`;
const LOCK_VIDEOS = 'FOR UPDATE OF v SKIP LOCKED';
const ofBatch = (column: string) => `CAST(${column} AS text) IN (:ids)`;
const idsOf = (due: DueRow[]) => due.map(({ id }) => id);

const ARCHIVE_DUE = "e.status = 'completed' AND coalesce(e.expires_at, 'infinity') <= :now";

/** The last of those that share an archive takes it along, unless one with a later expiry stays. */
const archives: Rule = {
  reason: 'the archive is past its expiry',
  batch: videosWith(ARCHIVE_DUE),
  lock: LOCK_VIDEOS,
  due: `
    WITH due AS (
      SELECT e.*, NOT EXISTS (
        SELECT FROM extractions o
        WHERE o.video_id = e.video_id AND o.archive_key = e.archive_key AND o.status = 'completed'
          AND (o.expires_at IS NULL OR o.expires_at > :now OR o.ordinal > e.ordinal)
      ) AS is_last
      FROM extractions e WHERE ${ARCHIVE_DUE} AND ${ofBatch('e.video_id')}
    )
    SELECT 'archive' AS what, id, ordinal, CASE WHEN is_last THEN archive_key END AS key,
           CASE WHEN is_last THEN archive_size END AS size, expires_at AS "expiredAt"
    FROM due
    UNION ALL
    SELECT 'preview', id, ordinal, preview->>'key', CAST(preview->>'size' AS bigint), expires_at
    FROM due WHERE is_last AND preview IS NOT NULL
    ORDER BY ordinal, what`,
  carryOut: async (db, due, now, transaction) => {
    const gone = { archiveKey: null, archiveSize: null, archiveSha256: null, manifest: null, preview: null };
    const expired = await db.models.extraction.findAll({
      where: { id: idsOf(due) },
      lock: true,
      transaction,
    });
    for (const extraction of expired) await moveTo(extraction, 'expired', gone, transaction);
    await doom(db, keysOf(due), now, transaction);
  },
};

/** What waits or runs needs the source, whatever its age. */
const SOURCE_DUE = `v.source_removed_at IS NULL AND v.source_expires_at <= :now AND NOT EXISTS (
  SELECT FROM extractions e WHERE e.video_id = v.id AND e.status IN ('queued', 'processing'))`;

/** Videos that share a source come in one batch; the last of them takes it along, unless another one stays. */
const sources: Rule = {
  reason: 'the source is past its expiry',
  batch: `
    SELECT CAST(v.id AS text) AS id, v.object_key AS cursor FROM videos v
    WHERE ${SOURCE_DUE} AND v.object_key IN (
      SELECT v.object_key FROM videos v WHERE ${SOURCE_DUE} AND v.object_key > :after
      GROUP BY v.object_key ORDER BY v.object_key LIMIT :limit
    )
    ORDER BY cursor`,
  lock: LOCK_VIDEOS,
  due: `
    WITH due AS (SELECT v.* FROM videos v WHERE ${SOURCE_DUE} AND ${ofBatch('v.id')})
    SELECT 'source' AS what, id, CASE WHEN is_last THEN object_key END AS key,
           CASE WHEN is_last THEN size END AS size, source_expires_at AS "expiredAt"
    FROM (
      SELECT due.*, NOT EXISTS (
        SELECT FROM videos o WHERE o.object_key = due.object_key AND o.source_removed_at IS NULL
          AND (o.id > due.id OR o.id NOT IN (SELECT id FROM due))
      ) AS is_last FROM due
    ) looked
    ORDER BY object_key, id`,
  prepare: async (db, batch, transaction) => {
    for (const key of new Set(batch.map(({ cursor }) => cursor))) await lockSource(db, key, transaction);
  },
  carryOut: async (db, due, now, transaction) => {
    await db.models.video.update({ sourceRemovedAt: now }, { where: { id: idsOf(due) }, transaction });
    await doom(db, keysOf(due), now, transaction);
  },
};

const EXTRACTION_DUE = `e.status IN ('failed', 'canceled', 'expired')
  AND coalesce(e.expires_at, e.finished_at) <= :longAgo
  AND EXISTS (SELECT FROM extractions n WHERE n.video_id = e.video_id AND n.ordinal > e.ordinal)`;

/** Without the newest extraction a video would tell nothing. */
const extractions: Rule = {
  reason: 'the extraction has no archive, and a newer one follows it',
  batch: videosWith(EXTRACTION_DUE),
  lock: LOCK_VIDEOS,
  due: `
    SELECT 'extraction' AS what, e.id, NULL AS key, NULL AS size, coalesce(e.expires_at, e.finished_at) AS "expiredAt"
    FROM extractions e WHERE ${EXTRACTION_DUE} AND ${ofBatch('e.video_id')} ORDER BY e.ordinal`,
  carryOut: async ({ models }, due, _, transaction) => {
    await models.extraction.destroy({ where: { id: idsOf(due) }, transaction });
  },
};

/** Rows that take no object along. */
function plainRows(
  what: 'upload' | 'link' | 'day',
  {
    table,
    id,
    condition,
    expiredAt,
    reason,
  }: Record<'table' | 'id' | 'condition' | 'expiredAt' | 'reason', string>,
): Rule {
  return {
    reason,
    batch: `SELECT ${id} AS id, ${id} AS cursor FROM ${table} t WHERE ${condition} AND ${id} > :after
      ORDER BY cursor LIMIT :limit`,
    lock: 'FOR UPDATE OF t SKIP LOCKED',
    due: `SELECT '${what}' AS what, ${id} AS id, NULL AS key, NULL AS size, ${expiredAt} AS "expiredAt"
      FROM ${table} t WHERE ${condition} AND ${id} IN (:ids) ORDER BY id`,
    carryOut: async ({ sequelize }, due, _, transaction) => {
      const replacements = { ids: idsOf(due) };
      await sequelize.query(`DELETE FROM ${table} t WHERE ${id} IN (:ids)`, { replacements, transaction });
    },
  };
}

// What has expired says so for a while, before it is unknown.
const links = plainRows('link', {
  table: 'links',
  id: 'CAST(t.id AS text)',
  condition: "t.expires_at <= CAST(:now AS timestamptz) - interval '30 days'",
  expiredAt: 't.expires_at',
  reason: 'the link has expired a month ago',
});
const uploads = plainRows('upload', {
  table: 'uploads',
  id: 'CAST(t.id AS text)',
  condition: "t.expires_at <= CAST(:now AS timestamptz) - interval '7 days'",
  expiredAt: 't.expires_at',
  reason: 'the upload has expired a week ago',
});
const days = plainRows('day', {
  table: 'daily_videos',
  id: "(CAST(t.person_id AS text) || ' ' || CAST(t.day AS text))",
  condition: "t.day < CAST(CAST(:now AS timestamptz) AT TIME ZONE 'UTC' AS date) - 3",
  expiredAt: "CAST(t.day AS timestamp) AT TIME ZONE 'UTC'",
  reason: 'the day is over, and so is its quota',
});

const keysOf = (due: DueRow[]) => due.flatMap(({ key }) => key ?? []);

/** None makes more work for those behind it: what a plan tells is what one run does. */
export const rules: Rule[] = [links, uploads, days, extractions, archives, sources];
