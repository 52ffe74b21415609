import { Op, QueryTypes, type Transaction } from 'sequelize';
import { z } from 'zod';
import type { Reservation } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { isGone } from '../../lib/gone-people.ts';
import { fileTooLarge, noRoom } from '../../lib/quota-problems.ts';
import type { Usage } from '../../lib/replies.ts';
import { lock } from './locks.ts';
import type { VideoDatabase } from './models.ts';
import { quotasOf } from './person-quotas.ts';
import type { Upload } from './transfer-models.ts';

/** What one person may have; sizes in bytes. */
export interface Quotas {
  /** Sources, archives, and what uploads in hand have declared. */
  storedBytes: number;
  /** Videos made in a day of UTC, whether or not they are still there. */
  videosPerDay: number;
  /** Uploads whose bytes are on their way at one moment. */
  concurrentUploads: number;
  fileBytes: number;
}

export const usageSchema = z.strictObject({ personId: z.uuid() });

/**
 * An upload counts while its bytes are on their way, and one that can be resumed until it expires. One whose gateway
 * died counts no more once its lease has run out.
 */
const USED = `
  WITH open AS (
    SELECT size, lease_until FROM uploads
    WHERE person_id = :personId AND (lease_until > :now OR (kind <> 'plain' AND expires_at > :now))
  ), sources AS (
    SELECT DISTINCT object_key, size FROM videos WHERE person_id = :personId AND source_removed_at IS NULL
  ), archives AS (
    SELECT DISTINCT archive_key, archive_size FROM extractions
    WHERE person_id = :personId AND status = 'completed'
  )
  SELECT
    coalesce((SELECT sum(size) FROM sources), 0) + coalesce((SELECT sum(archive_size) FROM archives), 0)
      + coalesce((SELECT sum(size) FROM open), 0) AS "storedBytes",
    coalesce((SELECT videos FROM daily_videos WHERE person_id = :personId AND day = :day), 0) AS "videosPerDay",
    (SELECT count(*) FROM open) AS "openUploads",
    (SELECT count(*) FROM open WHERE lease_until > :now) AS "concurrentUploads"`;

type Used = Record<'storedBytes' | 'videosPerDay' | 'openUploads' | 'concurrentUploads', string | number>;

async function readUsed(
  { sequelize }: VideoDatabase,
  personId: string,
  now: Date,
  transaction: Transaction | null = null,
): Promise<Record<keyof Used, number>> {
  const [row] = await sequelize.query<Used>(USED, {
    replacements: { personId, now, day: dayOf(now) },
    type: QueryTypes.SELECT,
    transaction,
  });
  if (!row) throw new Error('A query without FROM gave no row');
  return {
    storedBytes: Number(row.storedBytes),
    videosPerDay: Number(row.videosPerDay),
    openUploads: Number(row.openUploads),
    concurrentUploads: Number(row.concurrentUploads),
  };
}

/**
 * @param everyones the quotas of people who have none of their own; the same everywhere below
 * @returns what a person has used, and what they may use
 */
export async function readUsage(
  db: VideoDatabase,
  personId: string,
  everyones: Quotas,
  now: Date,
  transaction: Transaction | null = null,
): Promise<Usage> {
  const quotas = await quotasOf(db, personId, everyones, transaction);
  const used = await readUsed(db, personId, now, transaction);
  const { storedBytes, videosPerDay, concurrentUploads } = used;
  return {
    storedBytes: { used: storedBytes, limit: quotas.storedBytes },
    videosPerDay: { used: videosPerDay, limit: quotas.videosPerDay, resetsAt: nextDay(now).toISOString() },
    concurrentUploads: { used: concurrentUploads, limit: quotas.concurrentUploads },
    fileBytes: { limit: quotas.fileBytes },
  };
}

interface Moment {
  /** Everyone's. */
  quotas: Quotas;
  now: Date;
  transaction: Transaction;
}

/**
 * Refuse what would exceed a person's quotas. Requests of one person come one by one, until the transaction ends, so
 * that those that come at once can't exceed them together.
 * @param wish the bytes that would be added (null when nobody knows yet), and whether a transfer begins
 * @returns how many bytes the file may have, and the room it has to fit into
 * @throws ProblemError `too_large` when the file itself is, `quota_exceeded`; `unauthorized` when the person is gone:
 * an access token lives on for a moment
 */
export async function checkQuotas(
  db: VideoDatabase,
  personId: string,
  wish: { size: number | null; transfers: boolean },
  { quotas: everyones, now, transaction }: Moment,
): Promise<Pick<Reservation, 'maxBytes' | 'storedBytes'>> {
  const size = wish.size ?? 0;
  await lock(db, 'quotas', personId, transaction);
  const quotas = await quotasOf(db, personId, everyones, transaction);
  if (size > quotas.fileBytes) throw fileTooLarge(size, quotas.fileBytes);
  if (await isGone(db.sequelize, personId, transaction)) throw new ProblemError('unauthorized');
  const used = await readUsed(db, personId, now, transaction);
  if (wish.transfers && used.concurrentUploads >= quotas.concurrentUploads) {
    throw tooManyTransfers(used.concurrentUploads, quotas.concurrentUploads);
  }
  const videos = used.videosPerDay + used.openUploads;
  if (videos >= quotas.videosPerDay) throw tooManyVideos(videos, quotas.videosPerDay, now);
  const storedBytes = { used: used.storedBytes, limit: quotas.storedBytes };
  const left = storedBytes.limit - storedBytes.used;
  if (size > left || left <= 0) throw noRoom(storedBytes);
  return { maxBytes: Math.min(quotas.fileBytes, left), storedBytes };
}

/**
 * Refuse a transfer that goes on when a person has as many on their way as they may.
 * @param upload the one that goes on; it does not count itself
 * @throws ProblemError `quota_exceeded`
 */
export async function checkTransfers(
  db: VideoDatabase,
  { personId, id }: { personId: string; id: string },
  { quotas: everyones, now, transaction }: Moment,
): Promise<void> {
  await lock(db, 'quotas', personId, transaction);
  const quotas = await quotasOf(db, personId, everyones, transaction);
  const others = { personId, id: { [Op.ne]: id }, leaseUntil: { [Op.gt]: now } };
  const used = await db.models.upload.count({ where: others, transaction });
  if (used >= quotas.concurrentUploads) {
    throw tooManyTransfers(used, quotas.concurrentUploads);
  }
}

/** Whether an upload is among those that a person's usage counts; as in the query above. */
const counts = ({ kind, leaseUntil, expiresAt }: Upload, now: Date): boolean =>
  (leaseUntil !== null && leaseUntil > now) || (kind !== 'plain' && expiresAt > now);

/**
 * Check once more what arrives: a file may be larger than it was declared, and an upload that had stopped to count may
 * come to its end all the same, when others have taken its place.
 * @throws ProblemError `quota_exceeded`
 */
export async function checkArrival(
  db: VideoDatabase,
  upload: Upload,
  size: number,
  { quotas: everyones, now, transaction }: Moment,
): Promise<void> {
  const isCounted = counts(upload, now);
  const added = size - (isCounted ? Number(upload.size ?? 0) : 0);
  if (isCounted && added <= 0) return;
  const { personId } = upload;
  await lock(db, 'quotas', personId, transaction);
  const quotas = await quotasOf(db, personId, everyones, transaction);
  const { storedBytes, videosPerDay, openUploads } = await readUsed(db, personId, now, transaction);
  const videos = videosPerDay + openUploads;
  if (!isCounted && videos >= quotas.videosPerDay) throw tooManyVideos(videos, quotas.videosPerDay, now);
  if (storedBytes + added > quotas.storedBytes) {
    throw noRoom({ used: storedBytes, limit: quotas.storedBytes });
  }
}

/**
 * Refuse what adds bytes that nobody can know yet, when nothing is left.
 * @throws ProblemError `quota_exceeded`
 */
export async function checkRoom(
  db: VideoDatabase,
  personId: string,
  { quotas: everyones, now, transaction }: Moment,
): Promise<void> {
  await lock(db, 'quotas', personId, transaction);
  const { storedBytes: limit } = await quotasOf(db, personId, everyones, transaction);
  const { storedBytes: used } = await readUsed(db, personId, now, transaction);
  if (used >= limit) throw noRoom({ used, limit });
}

/** Count a video that a person has made today. */
export async function countVideo(
  { sequelize }: VideoDatabase,
  personId: string,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query(
    `INSERT INTO daily_videos (person_id, day, videos) VALUES (:personId, :day, 1)
     ON CONFLICT (person_id, day) DO UPDATE SET videos = daily_videos.videos + 1`,
    { replacements: { personId, day: dayOf(now) }, transaction },
  );
}

/** A transfer may end at any moment. */
const TRANSFER_ENDS_SECONDS = 30;

function tooManyTransfers(used: number, limit: number): ProblemError {
  return new ProblemError('quota_exceeded', {
    detail: `You may upload ${limit} files at a time`,
    retryAfterSeconds: TRANSFER_ENDS_SECONDS,
    quota: { name: 'concurrentUploads', used, limit, resetsAt: null },
  });
}

function tooManyVideos(used: number, limit: number, now: Date): ProblemError {
  const resets = nextDay(now);
  return new ProblemError('quota_exceeded', {
    detail: `You may make ${limit} videos a day`,
    retryAfterSeconds: Math.ceil((resets.getTime() - now.getTime()) / 1000),
    quota: { name: 'videosPerDay', used, limit, resetsAt: resets.toISOString() },
  });
}

const DAY_MS = 24 * 3600 * 1000;
const dayOf = (now: Date) => now.toISOString().slice(0, 10);
const nextDay = (now: Date) => new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS);
