import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Job, RangeJob } from '../../lib/contracts.ts';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as attempts from '../../services/video/attempts.ts';
import { claim } from '../../services/video/claim.ts';
import { cancelVideo } from '../../services/video/library.ts';
import { shareFrames } from '../../services/video/live-frames.ts';
import { relayBatch } from '../../services/video/outbox.ts';
import { endRange, renewRange } from '../../services/video/ranges.ts';
import { claimOwnRange, splitExtraction } from '../../services/video/split.ts';
import { sweep } from '../../services/video/sweep.ts';
import { openStoredVideos, retention } from '../support/stored-videos.ts';
import { completion, later, now } from '../support/videos.ts';
import { interleave } from './interleaving.ts';
import { interruptEverywhere, isDone, type Meeting } from './interruptions.ts';
import { queue, scheduling } from './stage.ts';

/** What workers do to one extraction or range, interrupted at every statement by what others do to it. */

const videos = await openStoredVideos();
const { db } = videos;
const together = interleave(db.sequelize);
afterAll(videos.close);

const meet = <Stage>(meeting: Meeting<Stage>) => interruptEverywhere(together, meeting);
const personId = randomUUID();
/** The lease has just run out. */
const late = later(31_000);
const valueOf = <T>(outcome: PromiseSettledResult<unknown>): T => {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value as T;
};
const accepted = (outcome: PromiseSettledResult<unknown>) => valueOf<{ accepted: boolean }>(outcome).accepted;

async function begin(): Promise<Job> {
  await videos.clear();
  await videos.upload(personId);
  return videos.claimed();
}

const attemptOf = ({ extractionId, attempt }: Job) => ({ extractionId, attempt });
const complete = async (job: Job, at = now) => {
  const { archiveKey, previewKey } = job;
  for (const key of [archiveKey, previewKey]) await videos.put(key);
  return attempts.complete(db, completion(job), at, retention);
};
const extractionOf = ({ extractionId }: Job) =>
  db.models.extraction.findByPk(extractionId, { rejectOnEmpty: true });
const lost = (at = late) => sweep({ db, store: videos.store, scheduling, queue }, at);

describe('a range', () => {
  const owner = (job: Job) => ({ ...attemptOf(job), worker: 'w' });
  const claimIt = (job: Job, at: Date) => claimOwnRange(db, owner(job), scheduling, at);
  async function beginRange(): Promise<{ job: Job; range: RangeJob['range'] }> {
    const job = await begin();
    const ranges = [0, 5].map((first) => ({ first, count: 5 }));
    await splitExtraction(db, { ...attemptOf(job), ranges }, now);
    const claimed = await claimIt(job, now);
    if (!claimed) throw new Error('There is no range');
    await videos.put(claimed.range.key);
    return { job, range: claimed.range };
  }
  type Stage = Awaited<ReturnType<typeof beginRange>>;
  const end =
    (outcome: 'stored' | 'released') =>
    ({ range: { id, attempt } }: Stage) =>
      endRange(db, { rangeId: id, attempt, outcome });
  const rowOf = ({ range }: Stage) => db.models.range.findByPk(range.id);
  /** What is stored is referred to and kept; what is not is doomed. */
  async function checkObject(stage: Stage): Promise<void> {
    const row = await rowOf(stage);
    const isKept = row?.key === stage.range.key;
    expect((await videos.doomedKeys()).includes(stage.range.key)).toBe(!isKept);
  }

  test('has one worker: what a late one has stored is refused, or nobody else gets it', async () => {
    const times = await meet({
      prepare: beginRange,
      first: end('stored'),
      second: ({ job }) => claimIt(job, late),
      check: async (stage, first) => {
        const row = await rowOf(stage);
        expect([row?.attempt === 1, row?.key !== null]).toEqual([accepted(first), accepted(first)]);
        await checkObject(stage);
      },
    });
    expect(times).toBeGreaterThan(3);
  });

  test('is not renewed by a worker that has lost it', async () => {
    await meet({
      prepare: beginRange,
      first: ({ range: { id, attempt } }) => renewRange(db, { rangeId: id, attempt }, scheduling, late),
      second: ({ job }) => claimIt(job, late),
      check: async (stage, first) => {
        expect((await rowOf(stage))?.attempt === 1).toBe(accepted(first));
      },
    });
  });

  test('that is stored stays so, when its worker gives it back at the same time', async () => {
    for (const [first, second] of [
      [end('stored'), end('released')],
      [end('released'), end('stored')],
    ] as const) {
      await meet({ prepare: beginRange, first, second, check: checkObject });
    }
  });

  test('goes with its extraction, whenever it is stored', async () => {
    const cancel = async ({ job }: Stage) => cancelVideo(db, { personId, id: job.videoId }, now);
    for (const [first, second] of [
      [end('stored'), cancel],
      [cancel, end('stored')],
    ] as const) {
      await meet({
        ...{ prepare: beginRange, first, second },
        check: async (stage) => {
          expect(await rowOf(stage)).toBeNull();
          await checkObject(stage);
        },
      });
    }
  });
});

describe('an extraction', () => {
  test('whose lease ran out is completed or comes again, never both', async () => {
    for (const isFirst of [true, false]) {
      const [one, two] = [(job: Job) => complete(job, late), () => lost()];
      await meet({
        prepare: begin,
        first: isFirst ? one : two,
        second: isFirst ? two : one,
        check: async (job, first, second) => {
          const { status, failedAttempts } = await extractionOf(job);
          const isCompleted = accepted(isFirst ? first : second);
          expect([status, failedAttempts]).toEqual(isCompleted ? ['completed', 0] : ['queued', 1]);
        },
      });
    }
  });

  test.each<[string, (job: Job) => Promise<unknown>]>([
    ['a renewal', (job) => attempts.renew(db, { ...attemptOf(job), progress: 50 }, scheduling, now)],
    [
      'a failure',
      (job) =>
        attempts.fail(db, { ...attemptOf(job), code: 'not_a_video', retryable: false }, scheduling, now),
    ],
    [
      'finished frames',
      (job) =>
        shareFrames(
          db,
          { ...attemptOf(job), part: 1, frames: [{ timeSeconds: 0, sourceIndex: 0, size: 1 }] },
          now,
        ),
    ],
    ['handing it back', (job) => attempts.release(db, attemptOf(job), now)],
    ['its completion', (job) => complete(job)],
  ])('that is canceled takes no part in %s', async (_name, first) => {
    await meet({
      prepare: begin,
      first,
      second: ({ videoId: id }) => cancelVideo(db, { personId, id }, now),
      check: async (job, one, two) => {
        const { status } = await extractionOf(job);
        if (isDone(two)) expect(status).toBe('canceled');
        else
          expect([accepted(one), ['completed', 'failed']]).toEqual([true, expect.arrayContaining([status])]);
        expect(await db.models.framePart.count()).toBe(status === 'processing' ? 1 : 0);
      },
    });
  });

  test('is given to one worker, and nobody has more running than they may', async () => {
    await meet({
      prepare: async () => {
        await videos.clear();
        for (let count = 0; count < 3; count += 1) await videos.upload(personId);
      },
      first: () => claim(db, { worker: 'a' }, { ...scheduling, maxRunningPerPerson: 1 }, now),
      second: () => claim(db, { worker: 'b' }, { ...scheduling, maxRunningPerPerson: 1 }, now),
      check: async (_stage, ...jobs) => {
        expect(jobs.map((job) => valueOf<Job | null>(job)).filter((job) => job !== null)).toHaveLength(1);
        expect(await db.models.extraction.count({ where: { status: 'processing' } })).toBe(1);
      },
    });
  });
});

test('an extraction that is canceled is given to nobody afterwards', async () => {
  const take = () => claim(db, { worker: 'w' }, scheduling, now);
  const cancel = (id: string) => cancelVideo(db, { personId, id }, now);
  for (const isFirst of [true, false]) {
    await meet({
      prepare: async () => {
        await videos.clear();
        return videos.upload(personId);
      },
      first: isFirst ? take : cancel,
      second: isFirst ? cancel : take,
      check: async (_id, ...both) => {
        expect(both.map(isDone)).toEqual([true, true]);
        expect(await db.models.extraction.count({ where: { status: 'canceled', leaseUntil: null } })).toBe(1);
      },
    });
  }
});

test('two relays publish each event once', async () => {
  await meet({
    prepare: async () => {
      await begin();
      await videos.upload(personId);
      return createMemoryQueue(silentLogger);
    },
    first: (at) => relayBatch(db, at, now),
    second: (at) => relayBatch(db, at, now),
    check: async (at) => expect(await at.depth('video.uploaded')).toBe(2),
  });
});
