import { QueryTypes } from 'sequelize';
import type { z } from 'zod';
import type { jobQuery } from '../../../lib/administration/requests.ts';
import type { JobPage, JobSummary } from '../../../lib/administration/replies.ts';
import { badCursor } from '../../../lib/page-cursor.ts';
import type { VideoDatabase } from '../models.ts';

type Dates = 'leaseUntil' | 'runAt' | 'createdAt' | 'startedAt' | 'finishedAt';
type Row = Omit<JobSummary, Dates> & { ordinal: string } & Record<Dates, Date | null>;

/**
 * One page of everybody's extractions, newest first; `nextCursor` is null on the last one.
 * @throws ProblemError `validation_failed` for a cursor that was not ours
 */
export async function listJobs(
  { sequelize }: Pick<VideoDatabase, 'sequelize'>,
  { status, personId, minAgeSeconds, maxAgeSeconds, limit, cursor }: z.output<typeof jobQuery>,
  now: Date,
): Promise<JobPage> {
  const ago = (seconds: number | undefined) =>
    seconds === undefined ? null : new Date(now.getTime() - seconds * 1000);
  const rows = await sequelize.query<Row>(LIST, {
    replacements: {
      status: status ?? null,
      personId: personId ?? null,
      until: ago(minAgeSeconds),
      since: ago(maxAgeSeconds),
      before: cursor === undefined ? null : readCursor(cursor),
      wanted: limit + 1,
    },
    type: QueryTypes.SELECT,
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(summaryOf), nextCursor: last?.ordinal ?? null };
}

const LIST = `
  SELECT e.id, e.ordinal, e.video_id AS "videoId", e.person_id AS "personId", v.filename, e.status, e.progress,
    e.attempt AS attempts, e.failed_attempts AS "failedAttempts", e.worker, e.lease_until AS "leaseUntil",
    e.run_at AS "runAt", e.error_code AS "errorCode", e.created_at AS "createdAt", e.started_at AS "startedAt",
    e.finished_at AS "finishedAt"
  FROM extractions e JOIN videos v ON v.id = e.video_id
  WHERE (CAST(:status AS text) IS NULL OR e.status = :status)
    AND (CAST(:personId AS uuid) IS NULL OR e.person_id = CAST(:personId AS uuid))
    AND (CAST(:until AS timestamptz) IS NULL OR e.created_at <= :until)
    AND (CAST(:since AS timestamptz) IS NULL OR e.created_at >= :since)
    AND (CAST(:before AS bigint) IS NULL OR e.ordinal < :before)
  ORDER BY e.ordinal DESC LIMIT :wanted`;

/** @returns the same with its times as text, and nothing else of the row */
export function summaryOf(row: Row): JobSummary {
  const { id, videoId, personId, filename, status, progress, attempts, failedAttempts } = row;
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    ...{ id, videoId, personId, filename, status, progress, attempts, failedAttempts },
    worker: row.worker,
    leaseUntil: time(row.leaseUntil),
    runAt: (row.runAt ?? new Date(0)).toISOString(),
    errorCode: row.errorCode,
    createdAt: (row.createdAt ?? new Date(0)).toISOString(),
    startedAt: time(row.startedAt),
    finishedAt: time(row.finishedAt),
  };
}

function readCursor(cursor: string): string {
  if (/^\d{1,18}$/.test(cursor)) return cursor;
  throw badCursor();
}
