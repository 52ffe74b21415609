import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { mediaSchema, previewSchema, storedArchiveSchema, type Media } from '../../lib/contracts.ts';
import { doom, LATE_WRITER_MS, spare } from './doomed-objects.ts';
import { expiryOf, keepForEver, type Retention } from './expiry.ts';
import { forgetShared } from './frame-parts.ts';
import type { Extraction, VideoDatabase } from './models.ts';
import { record } from './outbox.ts';
import { forgetRanges } from './ranges.ts';
import { moveTo } from './transitions.ts';

/** How claims and retries are bounded. */
export interface Scheduling {
  leaseSeconds: number;
  maxAttempts: number;
  /** Extractions of one person that may run at a time. */
  maxRunningPerPerson: number;
}

export const attemptSchema = z.strictObject({ extractionId: z.uuid(), attempt: z.int().min(1) });
export type Attempt = z.output<typeof attemptSchema>;

export const renewSchema = attemptSchema.extend({
  progress: z.int().min(0).max(99),
  media: mediaSchema.optional(),
});
export const completeSchema = attemptSchema.extend({
  archive: storedArchiveSchema,
  preview: previewSchema,
  media: mediaSchema,
  frameCount: z.int().min(1),
  warnings: z.array(z.string()),
});
export const failSchema = attemptSchema.extend({
  code: z.string().max(100),
  retryable: z.boolean(),
  media: mediaSchema.optional(),
});

/** Whether the caller still owned the attempt; if not, nothing was changed. */
export interface Outcome {
  accepted: boolean;
}

/** The key of an attempt's archive: a late worker can never overwrite the archive of another attempt. */
export const archiveKey = (extractionId: string, attempt: number) =>
  `archives/${extractionId}/${attempt}.zip`;
/** The same for its contact sheet. */
export const previewKey = (extractionId: string, attempt: number) =>
  `previews/${extractionId}/${attempt}.jpg`;

/** The pause after `n` failed attempts: 2, 4, 8, … seconds, at most 5 minutes. */
export const backoffMs = (n: number): number => Math.min(1000 * 2 ** n, 300_000);

/**
 * Keep the lease and tell the progress. Progress never goes backwards within an attempt.
 * @returns not accepted when the attempt is no longer the caller's: it must stop
 */
export async function renew(
  db: VideoDatabase,
  { progress, media, ...attempt }: z.output<typeof renewSchema>,
  { leaseSeconds }: Scheduling,
  now: Date,
): Promise<Outcome> {
  return withAttempt(db, attempt, async (extraction, transaction) => {
    const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
    await extraction.update(
      { leaseUntil, progress: Math.max(progress, extraction.progress) },
      { transaction },
    );
    await keepMedia(db, extraction, media, transaction);
  });
}

/** The archive is stored: the extraction is completed, and the event says so, in one transaction. */
export async function complete(
  db: VideoDatabase,
  { archive, preview, media, frameCount, warnings, ...attempt }: z.output<typeof completeSchema>,
  now: Date,
  { archiveDays }: Retention = keepForEver,
): Promise<Outcome> {
  return withAttempt(db, attempt, async (extraction, transaction) => {
    const { key, size, sha256, manifest } = archive;
    const stored = { archiveKey: key, archiveSize: size, archiveSha256: sha256, manifest, preview };
    const times = { finishedAt: now, expiresAt: expiryOf(archiveDays, now) };
    const result = { ...stored, frameCount, warnings, ...times };
    await moveTo(extraction, 'completed', { ...result, progress: 100 }, transaction);
    for (const kept of [key, preview.key]) await spare(db, kept, transaction);
    await forgetShared(db, extraction, new Date(now.getTime() + LATE_WRITER_MS), transaction);
    await forgetRanges(db, extraction.id, now, transaction);
    await keepMedia(db, extraction, media, transaction);
    const event = {
      ...(await eventOf(db, extraction, transaction)),
      frameCount,
      archiveSize: size,
      warnings,
    };
    await record(db, 'video.processed', event, now, transaction);
  });
}

/** The attempt went wrong: for good when the input is at fault or the attempts are used up, else it comes again. */
export async function fail(
  db: VideoDatabase,
  { code, retryable, media, ...attempt }: z.output<typeof failSchema>,
  scheduling: Scheduling,
  now: Date,
): Promise<Outcome> {
  return withAttempt(db, attempt, async (extraction, transaction) => {
    await keepMedia(db, extraction, media, transaction);
    if (!retryable) {
      await finishFailed(db, extraction, code, now, transaction);
      return;
    }
    // What is stored of it may be the reason, so the next attempt begins from nothing.
    await forgetRanges(db, extraction.id, now, transaction);
    await strike(db, extraction, scheduling, now, transaction);
  });
}

/** A worker that shuts down hands its extraction back; that counts as nobody's failure. */
export async function release(db: VideoDatabase, attempt: Attempt, now: Date): Promise<Outcome> {
  return withAttempt(db, attempt, (extraction, transaction) => takeBack(db, extraction, now, transaction));
}

/** Queue a running extraction, which is locked, again; its worker is refused from now on. */
export async function takeBack(
  db: VideoDatabase,
  extraction: Extraction,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await requeue(db, extraction, {}, now, now, transaction);
}

/** Count a failed attempt of a locked extraction: try again later, or give up at the limit. */
export async function strike(
  db: VideoDatabase,
  extraction: Extraction,
  { maxAttempts }: Scheduling,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const failedAttempts = extraction.failedAttempts + 1;
  if (failedAttempts >= maxAttempts) {
    await extraction.update({ failedAttempts }, { transaction });
    await finishFailed(db, extraction, 'attempts_exhausted', now, transaction);
    return;
  }
  const runAt = new Date(now.getTime() + backoffMs(failedAttempts));
  await requeue(db, extraction, { failedAttempts }, runAt, now, transaction);
}

async function requeue(
  db: VideoDatabase,
  extraction: Extraction,
  changes: { failedAttempts?: number },
  runAt: Date,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await moveTo(extraction, 'queued', { ...changes, runAt, progress: 0 }, transaction);
  await discardAttempt(db, extraction, now, transaction);
}

async function finishFailed(
  db: VideoDatabase,
  extraction: Extraction,
  code: string,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  await moveTo(extraction, 'failed', { errorCode: code, finishedAt: now }, transaction);
  await discardAttempt(db, extraction, now, transaction);
  await forgetRanges(db, extraction.id, now, transaction);
  const event = await eventOf(db, extraction, transaction);
  await record(db, 'video.failed', { ...event, code }, now, transaction);
}

/** What the current attempt may have written, or may still be writing, goes; ranges that are stored are kept. */
export async function discardAttempt(
  db: VideoDatabase,
  extraction: Extraction,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  if (extraction.attempt === 0) return;
  const { id, attempt } = extraction;
  const keys = [archiveKey(id, attempt), previewKey(id, attempt)];
  const dueAt = new Date(now.getTime() + LATE_WRITER_MS);
  await doom(db, keys, dueAt, transaction);
  await forgetShared(db, extraction, dueAt, transaction);
}

async function eventOf(db: VideoDatabase, extraction: Extraction, transaction: Transaction) {
  const { id: extractionId, videoId, personId } = extraction;
  const { filename } = await db.models.video.findByPk(videoId, { transaction, rejectOnEmpty: true });
  return { extractionId, videoId, personId, filename };
}

async function keepMedia(
  { models }: VideoDatabase,
  { videoId }: Extraction,
  media: Media | undefined,
  transaction: Transaction,
): Promise<void> {
  if (media) await models.video.update({ media }, { where: { id: videoId }, transaction });
}

/**
 * Run a change only for the worker that owns the attempt. The rows stay locked to the end (the video first, as
 * everywhere, so that two transactions never wait for each other), hence a late worker, a cancel and a sweep can't
 * interleave. Repeating a `complete` whose answer was lost finds it done and is accepted.
 */
export async function withAttempt(
  { sequelize, models }: VideoDatabase,
  { extractionId, attempt }: Attempt,
  change: (extraction: Extraction, transaction: Transaction) => Promise<void>,
): Promise<Outcome> {
  return sequelize.transaction(async (transaction) => {
    const known = await models.extraction.findByPk(extractionId, { transaction, attributes: ['videoId'] });
    if (!known) return { accepted: false };
    await models.video.findByPk(known.videoId, { transaction, lock: true, attributes: ['id'] });
    const extraction = await models.extraction.findByPk(extractionId, { transaction, lock: true });
    if (extraction?.attempt !== attempt) return { accepted: false };
    if (extraction.status === 'processing') {
      await change(extraction, transaction);
      return { accepted: true };
    }
    return { accepted: extraction.status === 'completed' };
  });
}
