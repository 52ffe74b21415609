import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { frameRangeSchema, type RangeJob } from '../../lib/contracts.ts';
import { attemptSchema, withAttempt, type Attempt, type Outcome, type Scheduling } from './attempts.ts';
import type { Extraction, VideoDatabase } from './models.ts';
import { record } from './outbox.ts';
import { claimRange, keepOrMakeRanges } from './ranges.ts';

/** The frames of the extraction: every one is in exactly one range, in order. */
export const splitSchema = attemptSchema.extend({ ranges: z.array(frameRangeSchema).min(2).max(1000) });

/** More workers than this are not called to one extraction at once. */
const MAX_HELPERS = 16;

/** Split a running extraction into ranges, and call workers that are idle. Telling the same split again calls anew. */
export async function splitExtraction(
  db: VideoDatabase,
  { ranges, ...attempt }: z.output<typeof splitSchema>,
  now: Date,
): Promise<Outcome> {
  return withAttempt(db, attempt, async (extraction, transaction) => {
    await keepOrMakeRanges(db, extraction.id, ranges, now, transaction);
    await callHelpers(db, extraction, Math.min(ranges.length - 1, MAX_HELPERS), now, transaction);
  });
}

/** A wake-up call says that there is work; extractions that wait come first, so helpers delay nobody. */
async function callHelpers(
  db: VideoDatabase,
  { id: extractionId, videoId, personId }: Extraction,
  helpers: number,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const event = { extractionId, videoId, personId };
  for (let n = 0; n < helpers; n += 1) await record(db, 'video.uploaded', event, now, transaction);
}

export const claimOwnRangeSchema = attemptSchema.extend({ worker: z.string().min(1).max(255) });

/** Give the next range of an extraction to the worker that runs it. */
export async function claimOwnRange(
  db: VideoDatabase,
  { worker, ...attempt }: Attempt & { worker: string },
  scheduling: Scheduling,
  now: Date,
): Promise<RangeJob | null> {
  return db.sequelize.transaction((transaction) =>
    claimRange(db, { ...attempt, worker }, scheduling, now, transaction),
  );
}
