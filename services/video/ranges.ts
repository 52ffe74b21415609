import { randomUUID } from 'node:crypto';
import { QueryTypes, type Transaction } from 'sequelize';
import { z } from 'zod';
import type { FrameRange, RangeJob, RangeState } from '../../lib/contracts.ts';
import { doom, LATE_WRITER_MS, spare, ATTEMPT_OBJECT_MS } from './doomed-objects.ts';
import type { Range, VideoDatabase } from './models.ts';

/**
 * One long extraction over several workers: its frames are split into ranges, each with a lease, an attempt number and
 * an object of its own. There are rows while the extraction is queued or processing, so what is stored of it outlives
 * the worker that runs it; a worker whose range has no row any more stops.
 */

export const claimedRangeSchema = z.strictObject({ rangeId: z.uuid(), attempt: z.int().min(1) });
type ClaimedRange = z.output<typeof claimedRangeSchema>;

export const endRangeSchema = claimedRangeSchema.extend({
  /** `stored`: its object is there; `released`: another worker may try; `refused`: the extraction can't be split. */
  outcome: z.enum(['stored', 'released', 'refused']),
});

const rangeKey = (rangeId: string, attempt: number) => `ranges/${rangeId}/${attempt}`;

/** Whose ranges a worker may take: those of the extraction that it runs, or those of other workers' extractions. */
export type Claimant =
  { extractionId: string; attempt: number; worker: string } | { helping: string | null; worker: string };

/** A range that nobody works on, of an extraction that runs and that can still be split. */
const nextRange = (whose: string) => `
  SELECT r.id, (SELECT sum(count) FROM ranges s WHERE s.extraction_id = e.id) AS total
  FROM ranges r JOIN extractions e ON e.id = r.extraction_id
  WHERE e.status = 'processing' AND r.key IS NULL AND coalesce(r.lease_until < :now, true) AND ${whose}
    AND NOT EXISTS (SELECT FROM ranges s WHERE s.extraction_id = e.id AND s.refused)
  ORDER BY coalesce(e.id = CAST(:helping AS uuid), false) DESC, e.ordinal, r.number
  LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

const OWN_RANGE = nextRange('e.id = :extractionId AND e.attempt = :attempt');
/** Whoever runs an extraction uses all its cores already: another slot of the same worker is no help. */
const OTHERS_RANGE = nextRange('e.worker <> :worker');

/**
 * Give a range to a worker: a lease and the attempt's number.
 * @returns the job, or null when no range waits
 */
export async function claimRange(
  db: VideoDatabase,
  claimant: Claimant,
  { leaseSeconds }: { leaseSeconds: number },
  now: Date,
  transaction: Transaction,
): Promise<RangeJob | null> {
  const isOwner = 'extractionId' in claimant;
  const [next] = await db.sequelize.query<{ id: string; total: string }>(isOwner ? OWN_RANGE : OTHERS_RANGE, {
    replacements: { helping: null, now, ...claimant },
    type: QueryTypes.SELECT,
    transaction,
  });
  if (!next) return null;
  const range = await db.models.range.findByPk(next.id, { transaction, rejectOnEmpty: true });
  // Its last worker is stopped by its lost lease, but may have stored the object just before.
  if (range.attempt > 0)
    await doom(db, [keyOf(range)], new Date(now.getTime() + LATE_WRITER_MS), transaction);
  const attempt = range.attempt + 1;
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
  await range.update({ attempt, leaseUntil, worker: claimant.worker }, { transaction });
  await doom(db, [keyOf(range)], new Date(now.getTime() + ATTEMPT_OBJECT_MS), transaction);
  return describeJob(db, range, { leaseSeconds, total: Number(next.total) }, transaction);
}

const keyOf = ({ id, attempt }: Range) => rangeKey(id, attempt);

async function describeJob(
  { models }: VideoDatabase,
  range: Range,
  { leaseSeconds, total }: { leaseSeconds: number; total: number },
  transaction: Transaction,
): Promise<RangeJob> {
  const { extractionId, id, number, first, count, attempt } = range;
  const found = { transaction, rejectOnEmpty: true } as const;
  const { videoId, recipe } = await models.extraction.findByPk(extractionId, found);
  const { objectKey: key, filename, sha256, size } = await models.video.findByPk(videoId, found);
  return {
    ...{ extractionId, videoId, leaseSeconds, recipe },
    source: { key, filename, sha256, size: Number(size) },
    range: { id, number, first, count, attempt, total, key: keyOf(range) },
  };
}

/** @returns not accepted when the range is no longer the caller's: it must stop */
export async function renewRange(
  db: VideoDatabase,
  claimed: ClaimedRange,
  { leaseSeconds }: { leaseSeconds: number },
  now: Date,
): Promise<{ accepted: boolean }> {
  return withRange(db, claimed, (range, transaction) =>
    range.update({ leaseUntil: new Date(now.getTime() + leaseSeconds * 1000) }, { transaction }),
  );
}

/** A worker has ended its work on a range, in one way or the other. */
export async function endRange(
  db: VideoDatabase,
  { outcome, ...claimed }: z.output<typeof endRangeSchema>,
): Promise<{ accepted: boolean }> {
  return withRange(db, claimed, async (range, transaction) => {
    const key = outcome === 'stored' ? keyOf(range) : null;
    if (key !== null) await spare(db, key, transaction);
    await range.update({ key, leaseUntil: null, refused: outcome === 'refused' }, { transaction });
  });
}

async function withRange(
  { sequelize, models }: VideoDatabase,
  { rangeId, attempt }: ClaimedRange,
  change: (range: Range, transaction: Transaction) => Promise<unknown>,
): Promise<{ accepted: boolean }> {
  return sequelize.transaction(async (transaction) => {
    const range = await models.range.findByPk(rangeId, { transaction, lock: true });
    if (range?.attempt !== attempt) return { accepted: false };
    if (range.key === null) await change(range, transaction);
    return { accepted: true };
  });
}

/** How far the ranges of an extraction are, in order. */
export async function listRanges({ models }: VideoDatabase, extractionId: string): Promise<RangeState[]> {
  const ranges = await models.range.findAll({ where: { extractionId }, order: ['number'] });
  return ranges.map(({ number, key, refused }) => ({ number, key, refused }));
}

/** Make the rows of a split; those of the same split by an earlier attempt stay, with what is stored of them. */
export async function keepOrMakeRanges(
  db: VideoDatabase,
  extractionId: string,
  wanted: FrameRange[],
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const where = { extractionId };
  const known = await db.models.range.findAll({ where, order: ['number'], lock: true, transaction });
  const isSame = ({ first, count, refused }: Range, number: number) =>
    !refused && first === wanted[number]?.first && count === wanted[number].count;
  if (known.length === wanted.length && known.every(isSame)) return;
  await forgetRanges(db, extractionId, now, transaction);
  await db.models.range.bulkCreate(
    wanted.map(({ first, count }, number) => ({ id: randomUUID(), extractionId, number, first, count })),
    { transaction },
  );
}

/** The rows go, and so do the objects; a worker that is busy with one stops at its next renewal. */
export async function forgetRanges(
  db: VideoDatabase,
  extractionId: string,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const where = { extractionId };
  const ranges = await db.models.range.findAll({ where, lock: true, transaction });
  const keys = ranges.filter(({ attempt }) => attempt > 0).map(keyOf);
  await doom(db, keys, new Date(now.getTime() + LATE_WRITER_MS), transaction);
  await db.models.range.destroy({ where, transaction });
}
