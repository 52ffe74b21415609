import { QueryTypes } from 'sequelize';
import type { z } from 'zod';
import type {
  deadLetterDeed,
  deadLetterQuery,
  deadLetterReference,
} from '../../../lib/administration/requests.ts';
import type { WorkReport } from '../../../lib/administration/replies.ts';
import { noteDeed, type Deed } from '../../../lib/administration/deeds.ts';
import { topics, type Topic } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { DeadLetter, WorkQueue } from '../../../lib/queue/work-queue.ts';
import type { VideoDatabase } from '../models.ts';

/** The work queues as operators see them: how much waits, and what was given up. */

const everyTopic = Object.keys(topics) as Topic[];

interface Needs {
  db: Pick<VideoDatabase, 'sequelize'>;
  queue: WorkQueue;
}

/** @throws ProblemError `unavailable` while the broker does not answer */
export async function countQueues({ db, queue }: Needs, now: Date): Promise<WorkReport> {
  const counted = await reaching(
    Promise.all(everyTopic.map(async (topic) => ({ topic, ...(await queue.count(topic)) }))),
  );
  const [row] = await db.sequelize.query<Record<Count, string>>(COUNTS, {
    replacements: { now },
    type: QueryTypes.SELECT,
  });
  const count = (name: Count) => Number(row?.[name] ?? 0);
  return {
    topics: counted,
    jobs: {
      ...{ queued: count('queued'), due: count('due') },
      ...{ processing: count('processing'), lost: count('lost') },
    },
    outbox: { unsent: count('unsent'), unsettled: count('unsettled') },
    doomedObjects: count('doomed'),
  };
}

type Count = 'queued' | 'due' | 'processing' | 'lost' | 'unsent' | 'unsettled' | 'doomed';

const COUNTS = `
  SELECT
    (SELECT count(*) FROM extractions WHERE status = 'queued') AS queued,
    (SELECT count(*) FROM extractions WHERE status = 'queued' AND run_at <= :now) AS due,
    (SELECT count(*) FROM extractions WHERE status = 'processing') AS processing,
    (SELECT count(*) FROM extractions WHERE status = 'processing' AND lease_until < :now) AS lost,
    (SELECT count(*) FROM outbox WHERE settled_at IS NULL AND sent_at IS NULL) AS unsent,
    (SELECT count(*) FROM outbox WHERE settled_at IS NULL AND sent_at IS NOT NULL) AS unsettled,
    (SELECT count(*) FROM doomed_objects WHERE due_at <= :now) AS doomed`;

/** Dead letters of one topic or of all, oldest first in each. */
export async function listDeadLetters(
  queue: WorkQueue,
  { topic, limit }: z.output<typeof deadLetterQuery>,
): Promise<{ items: DeadLetter[] }> {
  const wanted = topic === undefined ? everyTopic : [topic];
  const letters = await reaching(Promise.all(wanted.map((each) => queue.deadLetters(each, limit))));
  return { items: letters.flat().slice(0, limit) };
}

/** @throws ProblemError `not_found` */
export async function findDeadLetter(
  queue: WorkQueue,
  { topic, id }: z.output<typeof deadLetterReference>,
): Promise<DeadLetter> {
  const letter = (await reaching(queue.deadLetters(topic))).find((each) => each.id === id);
  if (!letter) throw new ProblemError('not_found');
  return letter;
}

/**
 * Have dead letters of a topic delivered again: one, or all.
 * @returns how many
 * @throws ProblemError `not_found` when the one is not there
 */
export async function requeueDeadLetters(
  { db, queue }: Needs,
  wish: z.output<typeof deadLetterDeed>,
  now: Date,
): Promise<{ count: number }> {
  await note(db, 'dead_letters_requeued', wish, now);
  return counted(queue.requeueDead(wish.topic, wish.id), wish);
}

/**
 * Delete dead letters of a topic for good: one, or all.
 * @returns how many
 * @throws ProblemError `not_found` when the one is not there
 */
export async function purgeDeadLetters(
  { db, queue }: Needs,
  wish: z.output<typeof deadLetterDeed>,
  now: Date,
): Promise<{ count: number }> {
  await note(db, 'dead_letters_purged', wish, now);
  return counted(queue.purgeDead(wish.topic, wish.id), wish);
}

/** The broker has no transactions with the database: what was asked for is written down before it is done. */
async function note(
  { sequelize }: Needs['db'],
  deed: Deed['deed'],
  { topic, id, by }: z.output<typeof deadLetterDeed>,
  now: Date,
): Promise<void> {
  const details = { topic, id: id ?? 'all' };
  await sequelize.transaction((transaction) =>
    noteDeed(sequelize, { by, deed, about: null, details }, now, transaction),
  );
}

async function counted(done: Promise<number>, { id }: { id?: string | undefined }) {
  const count = await reaching(done);
  if (count === 0 && id !== undefined) throw new ProblemError('not_found');
  return { count };
}

/** Whatever goes wrong there, it is the broker that can't be reached in time. */
async function reaching<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new ProblemError('unavailable', { detail: `The work queue does not answer: ${String(cause)}` });
  });
}
