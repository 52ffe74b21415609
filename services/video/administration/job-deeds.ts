import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import type { z } from 'zod';
import type { jobDeed } from '../../../lib/administration/requests.ts';
import { noteDeed, type Deed } from '../../../lib/administration/deeds.ts';
import { ProblemError } from '../../../lib/errors.ts';
import { once } from '../../../lib/once.ts';
import { assertFinal, extractAnew } from '../again.ts';
import { takeBack } from '../attempts.ts';
import type { Retention } from '../expiry.ts';
import { cancelExtraction, newestOf } from '../library.ts';
import type { Extraction, Video, VideoDatabase } from '../models.ts';
import { record } from '../outbox.ts';
import { findJob } from './job-story.ts';

/** Which request asks for it: delivered again, it changes nothing more. */
interface Moment {
  requestId?: string;
  now: Date;
}

/**
 * Have an extraction run (again): one that has ended without frames becomes a new extraction of its recipe; a running
 * one is taken from its worker, which stops at its next renewal; a queued one need not wait any longer.
 * @returns the video's id: its newest extraction is the one that runs next
 * @throws ProblemError `not_found`; `invalid_state` when its frames are there, or another extraction of the video is
 * under way; `expired` when the source is gone
 */
export async function requeueJob(
  db: VideoDatabase,
  { id, by }: z.output<typeof jobDeed>,
  { retention, ...moment }: Moment & { retention: Retention },
): Promise<string> {
  const { now } = moment;
  return changeJob(db, { id, by, deed: 'job_requeued' }, moment, async (job, video, transaction) => {
    if (job.status === 'completed')
      throw new ProblemError('invalid_state', { detail: 'The frames are there already' });
    if (job.status === 'processing') await takeBack(db, job, now, transaction);
    if (job.status === 'queued') {
      await job.update({ runAt: job.runAt > now ? now : job.runAt }, { transaction });
      const { id: extractionId, videoId, personId } = job;
      await record(db, 'video.uploaded', { extractionId, videoId, personId }, now, transaction);
      return;
    }
    assertFinal(newestOf(video).status);
    await extractAnew(db, { video, recipe: job.recipe, retention, now, transaction });
  });
}

/**
 * Cancel anybody's extraction.
 * @returns the video's id
 * @throws ProblemError `not_found`; `invalid_state` when it is neither queued nor processing
 */
export async function cancelJob(
  db: VideoDatabase,
  { id, by }: z.output<typeof jobDeed>,
  moment: Moment,
): Promise<string> {
  return changeJob(db, { id, by, deed: 'job_canceled' }, moment, (job, _video, transaction) =>
    cancelExtraction(db, job, moment.now, transaction),
  );
}

type Change = (job: Extraction, video: Video, transaction: Transaction) => Promise<void>;

/** Change an extraction in one transaction, in which it is written down, too. */
async function changeJob(
  db: VideoDatabase,
  { id, by, deed }: { id: string } & Pick<Deed, 'by' | 'deed'>,
  { requestId = randomUUID(), now }: Moment,
  change: Change,
): Promise<string> {
  const { id: jobId, videoId } = await findJob(db, id);
  await once(db.sequelize, requestId, now, async (transaction) => {
    const { job, video } = await lockJob(db, { jobId, videoId }, transaction);
    const { personId: about, status } = job;
    await change(job, video, transaction);
    const details = { extractionId: jobId, videoId, was: status };
    await noteDeed(db.sequelize, { by, deed, about, details }, now, transaction);
  });
  return videoId;
}

/** The video first, as everywhere, so that two transactions never wait for each other. */
async function lockJob(
  { models }: VideoDatabase,
  { jobId, videoId }: { jobId: string; videoId: string },
  transaction: Transaction,
): Promise<{ job: Extraction; video: Video }> {
  const locking = { transaction, lock: true };
  const video = await models.video.findByPk(videoId, locking);
  if (!video) throw new ProblemError('not_found');
  video.extractions = await models.extraction.findAll({
    where: { videoId },
    order: [['ordinal', 'DESC']],
    ...locking,
  });
  const job = video.extractions.find((extraction) => extraction.id === jobId);
  if (!job) throw new ProblemError('not_found');
  return { job, video };
}
