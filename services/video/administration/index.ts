import { z } from 'zod';
import {
  deadLetterDeed,
  deadLetterQuery,
  deadLetterReference,
  jobDeed,
  jobQuery,
  jobReference,
  quotaDeed,
  quotaReference,
  retentionSchema,
} from '../../../lib/administration/requests.ts';
import { noteDeed } from '../../../lib/administration/deeds.ts';
import type { WorkQueue } from '../../../lib/queue/work-queue.ts';
import { action } from '../../../mixins/action.ts';
import type { Retention } from '../expiry.ts';
import type { VideoDatabase } from '../models.ts';
import type { Quotas } from '../quotas.ts';
import type { Going } from '../retention-rules.ts';
import { cancelJob, requeueJob } from './job-deeds.ts';
import { readJob } from './job-story.ts';
import { listJobs } from './jobs.ts';
import * as queues from './queues.ts';
import { readQuotas, setQuotas } from './quota-overrides.ts';
import { report } from './retention-report.ts';

interface Needs {
  db: VideoDatabase;
  /** Open once the service has started. */
  queue: () => WorkQueue;
  quotas: Quotas;
  retention: Retention;
  /** What is past its time, and what nothing refers to. */
  going: (dryRun: boolean) => AsyncIterable<Going>[];
  /** Runs a change that ends or begins work, and wakes whoever waits for that. */
  ending: <T>(change: Promise<T>) => Promise<T>;
  /** Runs a change that dooms objects, and has them deleted. */
  discarding: <T>(change: Promise<T>) => Promise<T>;
}

/** The actions by which administrators look after jobs, queues, quotas and the store. */
export function administrationActions(needs: Needs) {
  const { db, queue, quotas, retention, going, ending, discarding } = needs;
  const working = () => ({ db, queue: queue() });
  return {
    jobs: action(jobQuery, (query) => listJobs(db, query, new Date())),
    job: action(jobReference, ({ id }) => readJob(db, id)),
    requeueJob: action(jobDeed, async (wish, { id: requestId }) =>
      readJob(db, await ending(requeueJob(db, wish, { retention, requestId, now: new Date() }))),
    ),
    cancelJob: action(jobDeed, async (wish, { id: requestId }) => {
      await ending(cancelJob(db, wish, { requestId, now: new Date() }));
      return readJob(db, wish.id);
    }),

    queues: action(z.strictObject({}), () => queues.countQueues(working(), new Date())),
    deadLetters: action(deadLetterQuery, (query) => queues.listDeadLetters(queue(), query)),
    deadLetter: action(deadLetterReference, (which) => queues.findDeadLetter(queue(), which)),
    requeueDeadLetters: action(deadLetterDeed, (wish) =>
      queues.requeueDeadLetters(working(), wish, new Date()),
    ),
    purgeDeadLetters: action(deadLetterDeed, (wish) => queues.purgeDeadLetters(working(), wish, new Date())),

    quotas: action(quotaReference, ({ personId }) => readQuotas(db, personId, quotas, new Date())),
    setQuotas: action(quotaDeed, async (wish) => {
      await setQuotas(db, wish, quotas, new Date());
      return readQuotas(db, wish.personId, quotas, new Date());
    }),

    retention: action(retentionSchema, async ({ dryRun, limit, by }) => {
      if (!dryRun) {
        const deed = { by, deed: 'retention_run', about: null, details: {} } as const;
        await db.sequelize.transaction((it) => noteDeed(db.sequelize, deed, new Date(), it));
      }
      return discarding(report(going(dryRun), { dryRun, limit }));
    }),
  };
}
