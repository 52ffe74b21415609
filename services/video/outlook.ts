import { QueryTypes } from 'sequelize';
import type { VideoDatabase } from './models.ts';

/** What is ahead of an extraction: its place among the queued ones (1 is next), and the seconds until it is done. */
export interface Outlook {
  queuePosition: number | null;
  etaSeconds: number | null;
}

/** An extraction that is queued or processing. Queued ones come in the order in which they would be claimed. */
export interface Unfinished {
  id: string;
  status: 'queued' | 'processing';
  /** Percent. */
  progress: number;
  /** Since the attempt began; 0 while it is queued. */
  runningSeconds: number;
  /** Of the source, in bytes. */
  size: number;
}

/**
 * Look ahead, from what really runs and how fast.
 *
 * The work of an extraction is taken to grow with the size of its source, at the pace of the last completed ones. One
 * that runs is done in proportion to its progress. As many run at a time as do now, at least one.
 * @param unfinished see {@link Unfinished}
 * @param secondsPerByte the pace, null as long as nothing was completed
 * @returns the outlook of each by its id; no estimate without a pace to base it on
 */
export function lookAhead(unfinished: Unfinished[], secondsPerByte: number | null): Map<string, Outlook> {
  const work = ({ size }: Unfinished) => (secondsPerByte === null ? null : secondsPerByte * size);
  const running = unfinished.filter(({ status }) => status === 'processing');
  const queued = unfinished.filter(({ status }) => status === 'queued');
  const left = running.map(
    (extraction) => [extraction.id, secondsLeft(extraction, work(extraction))] as const,
  );
  const outlooks = new Map(
    left.map(([id, etaSeconds]) => [id, { queuePosition: null as number | null, etaSeconds }]),
  );

  let ahead = left.reduce((sum, [, seconds]) => sum + (seconds ?? 0), 0);
  queued.forEach((extraction, index) => {
    const own = work(extraction);
    const etaSeconds = own === null ? null : Math.ceil(ahead / Math.max(running.length, 1) + own);
    outlooks.set(extraction.id, { queuePosition: index + 1, etaSeconds });
    ahead += own ?? 0;
  });
  return outlooks;
}

/** Progress tells more than the pace of others, once there is enough of it. */
function secondsLeft({ progress, runningSeconds }: Unfinished, work: number | null): number | null {
  if (progress >= 5) return Math.ceil((runningSeconds * (100 - progress)) / progress);
  return work === null ? null : Math.ceil(Math.max(work - runningSeconds, 1));
}

/** The order of claims: see claim.ts. The k-th queued one of a person with r running ones waits for all with less r + k. */
const UNFINISHED = `
  WITH running AS (
    SELECT person_id, count(*) AS n FROM extractions WHERE status = 'processing' GROUP BY person_id
  )
  SELECT e.id, e.status, e.progress, v.size, extract(epoch FROM CAST(:now AS timestamptz) - e.started_at) AS seconds
  FROM extractions e
  JOIN videos v ON v.id = e.video_id
  LEFT JOIN running r ON r.person_id = e.person_id
  WHERE e.status IN ('queued', 'processing')
  ORDER BY coalesce(r.n, 0) + row_number() OVER (PARTITION BY e.person_id, e.status ORDER BY e.ordinal), e.ordinal`;

/** The pace of the last 50 that were completed, small ones and large ones together. */
const PACE = `
  SELECT sum(extract(epoch FROM finished_at - started_at)) / nullif(sum(size), 0) AS pace FROM (
    SELECT e.finished_at, e.started_at, v.size FROM extractions e JOIN videos v ON v.id = e.video_id
    WHERE e.status = 'completed' AND e.started_at IS NOT NULL ORDER BY e.finished_at DESC LIMIT 50
  ) recent`;

interface UnfinishedRow {
  id: string;
  status: 'queued' | 'processing';
  progress: number;
  size: string;
  seconds: string | null;
}

interface PaceRow {
  pace: string | null;
}

/** Nothing has been completed yet, or nothing that had a size: there is no pace. */
function paceOf(row: PaceRow | undefined): number | null {
  return row?.pace ? Number(row.pace) : null;
}

/** Everybody who polls within this time shares one look. */
const FRESH_MS = 1000;

/**
 * Make the function that reads the outlooks of all unfinished extractions.
 * @param clock milliseconds since the epoch
 */
export function createOutlookReader({ sequelize }: VideoDatabase, clock: () => number = Date.now) {
  let taken = -Infinity;
  let latest: Promise<Map<string, Outlook>> = Promise.resolve(new Map<string, Outlook>());

  const read = async () => {
    const select = { type: QueryTypes.SELECT } as const;
    const now = new Date(clock());
    const [rows, [pace]] = await Promise.all([
      sequelize.query<UnfinishedRow>(UNFINISHED, { ...select, replacements: { now } }),
      sequelize.query<PaceRow>(PACE, select),
    ]);
    const unfinished = rows.map(({ seconds, size, ...row }) => ({
      ...row,
      size: Number(size),
      runningSeconds: row.status === 'processing' ? Number(seconds ?? 0) : 0,
    }));
    return lookAhead(unfinished, paceOf(pace));
  };

  return (): Promise<Map<string, Outlook>> => {
    if (clock() - taken > FRESH_MS) {
      taken = clock();
      latest = read();
      latest.catch(() => (taken = -Infinity));
    }
    return latest;
  };
}
