import type { Job } from '../../lib/contracts.ts';
import { insist } from '../../lib/insist.ts';
import { attemptJob, type Course, type Tools } from './attempt.ts';
import { ExtractionFailure, transientFailure } from './extraction-failure.ts';
import type { Result } from './fill-archive.ts';
import { inSpan, joinTrace } from '../../lib/tracing/trace.ts';
import { keepLease } from './lease.ts';
import { help } from './ranges/help.ts';
import type { Attempt, VideoPort } from './video-port.ts';

export type Worker = Tools & { video: VideoPort };

/**
 * Claim one extraction, if any waits, and run one attempt at it; or help with ranges of others until one waits.
 * @param shutdown aborts the attempt; the extraction is handed back
 * @throws when the video service can't be reached; its lease then runs out and the extraction is tried again
 */
export async function runNextJob(worker: Worker, shutdown: AbortSignal): Promise<void> {
  if (shutdown.aborted) return;
  let work = await worker.video.claim({ worker: worker.name });
  while (work && 'range' in work) {
    const range = work;
    work = await joinTrace(range.trace, () =>
      inSpan('extract range', {}, () => help(worker, worker.name, range, shutdown)),
    );
  }
  if (!work) return;
  const job = work;
  await joinTrace(job.trace, () => inSpan('extract', {}, () => runJob(worker, job, shutdown)));
}

/** Run one attempt under its lease and tell the video service how it ended. */
export async function runJob(worker: Worker, job: Job, shutdown: AbortSignal): Promise<void> {
  const course: Course = { progress: 0 };
  const attempt = { extractionId: job.extractionId, attempt: job.attempt };
  const timeout = AbortSignal.timeout(worker.limits.timeoutSeconds * 1000);
  const lease = keepLease(job, () => worker.video.renew({ ...attempt, ...standing(course) }), worker.logger);
  try {
    const result = await attemptJob(worker, job, course, AbortSignal.any([lease.lost, shutdown, timeout]));
    await complete(worker, job, attempt, result);
  } catch (error) {
    if (lease.lost.aborted) worker.logger.info('An attempt was given up: it is no longer ours', attempt);
    else if (shutdown.aborted) await worker.video.release(attempt);
    else await reportFailure(worker, attempt, course, timeout.aborted ? tookTooLong() : error);
  } finally {
    await lease.stop();
  }
}

function standing({ progress, media }: Course) {
  return { progress: Math.min(99, Math.floor(progress * 100)), ...(media ? { media } : {}) };
}

/** An archive that came too late is nobody's. */
async function complete(
  { video, store, logger }: Worker,
  job: Job,
  attempt: Attempt,
  result: Result,
): Promise<void> {
  const { accepted } = await insist(() => video.complete({ ...attempt, ...result }), logger);
  if (accepted) return;
  logger.info('A finished archive came too late', attempt);
  await store.delete(job.archiveKey);
}

async function reportFailure(
  { video, logger }: Worker,
  attempt: Attempt,
  { media }: Course,
  error: unknown,
): Promise<void> {
  const failure = error instanceof ExtractionFailure ? error : transientFailure(String(error));
  const { code, retryable } = failure;
  logger.warn('An attempt failed', attempt, retryable ? error : failure.message);
  await insist(() => video.fail({ ...attempt, code, retryable, ...(media ? { media } : {}) }), logger);
}

function tookTooLong(): ExtractionFailure {
  return new ExtractionFailure('processing_timeout', 'the time limit of one attempt is used up');
}
