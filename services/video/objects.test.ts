import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { partKey, type Job } from '../../lib/contracts.ts';
import { problemCode } from '../../lib/errors.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { openStoredVideos, retention } from '../../test/support/stored-videos.ts';
import { now, rules, scheduling, wish } from '../../test/support/videos.ts';
import { extractAgain, retryVideo } from './again.ts';
import { fail, release } from './attempts.ts';
import { cancelVideo, removeVideo } from './library.ts';
import { shareFrames } from './live-frames.ts';
import { reuseSource } from './reuse.ts';
import { abandonUpload, reserveUpload } from './uploads.ts';

const HOUR_MS = 3600 * 1000;
/** The largest PROCESSING_TIMEOUT_SECONDS. */
const LONGEST_ATTEMPT_MS = 1_000_000_000;
const videos = await openStoredVideos();
const { db } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A world in which anything may happen next; two things at a time. */
function createWorld(random: () => number) {
  const people = [randomUUID(), randomUUID()] as const;
  const jobs: Job[] = [];
  /** What workers wrote that had lost their right to; only that may ever be an orphan. */
  const late = new Set<string>();
  const orphans: string[] = [];
  let at = now;
  const one = <T>(some: readonly T[]): T | undefined => some[Math.floor(random() * some.length)];
  const anyPerson = () => one(people) ?? people[0];
  const anyHash = () => (one(['a', 'b']) ?? 'a').repeat(64);
  const anyRecipe = () => recipeSchema.parse({ format: one(['jpg', 'png']) });
  const onVideo = async (change: (own: { personId: string; id: string }) => Promise<unknown>) => {
    const video = one(await db.models.video.findAll({ order: ['createdAt', 'id'] }));
    if (video) await change(video);
  };
  const onJob = async (change: (job: Job) => Promise<unknown>) => {
    const job = one(jobs);
    if (job) await change(job);
  };
  const claimedAt = new Map<Job, Date>();
  const completeJob = async (job: Job) => {
    // An attempt ends in time, one way or the other.
    if (at.getTime() - (claimedAt.get(job) ?? at).getTime() > LONGEST_ATTEMPT_MS) return;
    const { accepted } = await videos.complete(job, at);
    if (!accepted) [job.archiveKey, job.previewKey].forEach((key) => late.add(key));
  };
  const attemptOf = ({ extractionId, attempt }: Job) => ({ extractionId, attempt });

  const steps: (() => Promise<unknown>)[] = [
    () => videos.upload(anyPerson(), anyHash(), at),
    async () => {
      const { videoId, key } = await reserveUpload(db, wish(anyPerson()), rules, at);
      await videos.put(key);
      if (random() < 0.5) await abandonUpload(db, videoId, at);
    },
    async () => {
      const job = await videos.claimOne(at);
      if (!job) return;
      jobs.push(job);
      claimedAt.set(job, at);
    },
    () => onJob(completeJob),
    () => onJob(completeJob),
    () =>
      onJob((job) => fail(db, { ...attemptOf(job), code: 'x', retryable: random() < 0.5 }, scheduling, at)),
    () => onJob((job) => release(db, attemptOf(job), at)),
    () =>
      onJob(async (job) => {
        const frames = [{ timeSeconds: 0, sourceIndex: 0, size: 10 }];
        await shareFrames(db, { ...attemptOf(job), part: 1, frames }, at);
        // It may have been refused, or the job may end before the part is written.
        const key = partKey(job.extractionId, job.attempt, 1);
        late.add(key);
        await videos.put(key);
      }),
    () => onVideo((own) => cancelVideo(db, own, at)),
    () => onVideo((own) => retryVideo(db, own, at, randomUUID(), retention)),
    () =>
      onVideo(({ personId, id }) =>
        extractAgain(db, { personId, id, recipe: anyRecipe() }, at, randomUUID(), retention),
      ),
    () => onVideo((own) => (random() < 0.4 ? removeVideo(db, own, at) : Promise.resolve())),
    () => {
      const content = { personId: anyPerson(), sha256: anyHash(), size: 10, recipe: anyRecipe() };
      return reuseSource(db, { ...content, videoId: randomUUID() }, rules, at);
    },
    () => videos.retain(at),
    () => videos.sweep(at),
    async () => orphans.push(...(await findOrphans())),
    () => Promise.resolve((at = new Date(at.getTime() + random() * 96 * HOUR_MS))),
  ];
  const step = () => {
    const refused = ['invalid_state', 'not_found', 'expired', 'quota_exceeded'];
    return one(steps)?.().catch((error: unknown) => {
      if (!refused.includes(problemCode(error) ?? '')) throw error;
    });
  };
  return { step, late, orphans };
}

/** Doom the orphans as if all objects were old enough. One that a sweep deletes after it was listed is none. */
async function findOrphans(): Promise<string[]> {
  const found = await videos.doomOrphans(false, new Date(Date.now() + 2 * HOUR_MS));
  const objects = await videos.objects();
  return found.map(({ id }) => id).filter((key) => objects.includes(key));
}

/** The keys that rows refer to. */
async function referred(): Promise<string[]> {
  const kept = await db.models.video.findAll({ where: { sourceRemovedAt: null } });
  const completed = await db.models.extraction.findAll({ where: { status: 'completed' } });
  const archives = completed.flatMap(({ archiveKey, preview }) => [archiveKey, preview?.key]);
  return [...new Set([...kept.map(({ objectKey }) => objectKey), ...archives])].map(String).sort();
}

test.each([1, 2, 3, 4, 5, 6])(
  'whatever happens, all that is referred to is there, and in the end nothing else (%i)',
  async (seed) => {
    const { step, late, orphans } = createWorld(randomNumbers(seed));
    for (let n = 0; n < 100; n += 1) {
      await Promise.all([step(), step()]);
      const objects = new Set(await videos.objects());
      expect((await referred()).filter((key) => !objects.has(key))).toEqual([]);
    }
    for (const { personId, id } of await db.models.video.findAll()) {
      await cancelVideo(db, { personId, id }, now).catch(() => undefined);
    }
    const end = new Date(Date.now() + 100 * 24 * HOUR_MS);
    await db.models.upload.destroy({ where: {} });
    await videos.sweep(end);
    orphans.push(...(await findOrphans()));
    await videos.sweep(end);
    expect(orphans.filter((key) => !late.has(key))).toEqual([]);
    const left = await referred();
    expect(await videos.objects()).toEqual(left);
    expect(left.length).toBeGreaterThan(0);
    // And when their time has come, nothing is left at all.
    await videos.retain(end);
    await videos.sweep(end);
    expect(await videos.objects()).toEqual([]);
  },
);
