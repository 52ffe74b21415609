import { recipeSchema } from '../../lib/recipe.ts';
import { extractAgain, retryVideo } from '../../services/video/again.ts';
import * as attempts from '../../services/video/attempts.ts';
import { claim } from '../../services/video/claim.ts';
import { cancelVideo, removeVideo } from '../../services/video/library.ts';
import { purgePerson, refusePerson } from '../../services/video/removal.ts';
import { reuseSource } from '../../services/video/reuse.ts';
import { sweep } from '../../services/video/sweep.ts';
import { holdUpload } from '../../services/video/upload-leases.ts';
import { abandonUpload, createVideo, reserveUpload, type UploadRules } from '../../services/video/uploads.ts';
import { randomUUID } from 'node:crypto';
import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { silentLogger } from '../../lib/logger.ts';
import { retention, type openStoredVideos } from '../support/stored-videos.ts';
import { completion } from '../support/videos.ts';
import { dayKey, pickOf, type World } from './world.ts';

/** Everything that can happen to videos, each as one of those who do it sees it. */

export const scheduling = { leaseSeconds: 30, maxAttempts: 2, maxRunningPerPerson: 2 };
export const rules: UploadRules = {
  quotas: { storedBytes: 35, videosPerDay: 5, concurrentUploads: 2, fileBytes: 20 },
  expiresHours: 1,
  sourceDays: retention.sourceDays,
};
const againRules = { ...retention, quotas: rules.quotas };
/** A worker that has lost its lease stops long before its objects go. */
const WORKER_STOPS_MS = 60_000;

export interface Stage {
  videos: Awaited<ReturnType<typeof openStoredVideos>>;
  world: World;
}
type Act = (stage: Stage, pick: number) => Promise<void>;

const sha256 = 'a'.repeat(64);
const recipe = (pick: number) => recipeSchema.parse({ format: pick % 2 === 0 ? 'jpg' : 'png' });

const reserveAs =
  (kind: 'plain' | 'resumable', isDeclared: boolean): Act =>
  async ({ videos, world }, pick) => {
    const personId = pickOf(world.people, pick);
    if (personId === undefined) return;
    const wish = { personId, kind, size: isDeclared ? 10 : null };
    const { videoId: id, key } = await reserveUpload(videos.db, wish, rules, world.now);
    await videos.put(key);
    world.uploads.push({ id, personId, key, size: 10 });
  };

const create: Act = async ({ videos, world }, pick) => {
  const upload = pickOf(world.uploads, pick);
  if (!upload) return;
  const { id: videoId, personId, size } = upload;
  const key = pick % 4 === 0 ? { idempotencyKey: 'again' } : {};
  const about = { filename: 'clip.mp4', contentType: 'video/mp4', size, sha256, ...key };
  const { now } = world;
  const made = await createVideo(videos.db, { ...about, videoId, personId, recipe: recipe(0) }, rules, now);
  if (made.created) noteMade(world, { id: videoId, personId }, now);
};

const reuse: Act = async ({ videos, world }, pick) => {
  const personId = pickOf(world.people, pick);
  if (personId === undefined) return;
  const wish = { videoId: randomUUID(), personId, sha256, size: 10, recipe: recipe(pick) };
  const { now } = world;
  const made = await reuseSource(videos.db, wish, rules, now);
  if (made.created) noteMade(world, { id: made.videoId, personId }, now);
};

function noteMade({ videos, said }: World, video: World['videos'][number], now: Date): void {
  videos.push(video);
  const day = dayKey(video.personId, now);
  said.made.set(day, (said.made.get(day) ?? 0) + 1);
}

const onVideo =
  (act: (stage: Stage, video: World['videos'][number], pick: number) => Promise<void>): Act =>
  async (stage, pick) => {
    const video = pickOf(stage.world.videos, pick);
    if (video) await act(stage, video, pick);
  };

const onJob =
  (act: (stage: Stage, known: World['jobs'][number]) => Promise<void>): Act =>
  async (stage, pick) => {
    const known = pickOf(stage.world.jobs, pick);
    const isAlive = known && stage.world.now.getTime() - known.claimedAt.getTime() < WORKER_STOPS_MS;
    if (isAlive) await act(stage, known);
  };
const attemptOf = ({ job: { extractionId, attempt } }: World['jobs'][number]) => ({ extractionId, attempt });
const named = ({ extractionId, attempt }: attempts.Attempt) => `${extractionId} ${attempt}`;

const take: Act = async ({ videos, world }, pick) => {
  const { now } = world;
  const job = await claim(videos.db, { worker: `worker ${pick % 2}` }, scheduling, now);
  if (!job) return;
  if ('range' in job) throw new Error('Nothing was split');
  world.said.claims += 1;
  world.jobs.push({ job, claimedAt: now });
};

const finish = onJob(async ({ videos, world }, { job }) => {
  await videos.put(job.archiveKey);
  await videos.put(job.previewKey);
  const done = completion(job);
  const archive = { ...done.archive, size: 1 };
  const { accepted } = await attempts.complete(videos.db, { ...done, archive }, world.now, retention);
  if (accepted) world.said.completed.add(named(job));
});

const failAs = (retryable: boolean) =>
  onJob(async ({ videos, world }, known) => {
    const failure = { ...attemptOf(known), code: 'not_a_video', retryable };
    const { accepted } = await attempts.fail(videos.db, failure, scheduling, world.now);
    if (accepted && !retryable) world.said.failed.add(known.job.extractionId);
  });

const leave: Act = async ({ videos, world }, pick) => {
  const personId = pickOf(world.people, pick);
  if (personId === undefined) return;
  world.gone.push(personId);
  world.people = world.people.map((other) => (other === personId ? randomUUID() : other));
  await refusePerson(videos.db, personId, world.now);
  await purgePerson(videos.db, personId, world.now);
};

export const operations = {
  reserve: reserveAs('plain', true),
  reserveResumable: reserveAs('resumable', true),
  reserveUndeclared: reserveAs('plain', false),
  create,
  reuse,
  abandon: async ({ videos, world }, pick) => {
    const upload = pickOf(world.uploads, pick);
    if (upload) await abandonUpload(videos.db, upload.id, world.now);
  },
  hold: async ({ videos, world }, pick) => {
    const upload = pickOf(world.uploads, pick);
    const holder = `gateway ${pick % 2}`;
    if (upload) await holdUpload(videos.db, { id: upload.id, holder }, rules.quotas, world.now);
  },
  claim: take,
  renew: onJob(async ({ videos, world }, known) => {
    await attempts.renew(videos.db, { ...attemptOf(known), progress: 50 }, scheduling, world.now);
  }),
  complete: finish,
  fail: failAs(false),
  failForNow: failAs(true),
  release: onJob(async ({ videos, world }, known) => {
    await attempts.release(videos.db, attemptOf(known), world.now);
  }),
  cancel: onVideo(async ({ videos, world }, own) => {
    await cancelVideo(videos.db, own, world.now);
    world.said.cancels += 1;
  }),
  retry: onVideo(({ videos, world }, own) => retryVideo(videos.db, own, world.now, randomUUID(), againRules)),
  extractAgain: onVideo(({ videos, world }, own, pick) =>
    extractAgain(videos.db, { ...own, recipe: recipe(pick) }, world.now, randomUUID(), againRules),
  ),
  remove: onVideo(async ({ videos, world }, own) => {
    await removeVideo(videos.db, own, world.now);
    world.videos = world.videos.filter(({ id }) => id !== own.id);
  }),
  sweep: ({ videos: { db, store }, world }) =>
    sweep({ db, store, scheduling, queue: createMemoryQueue(silentLogger) }, world.now),
  expire: async ({ videos, world }) => {
    await videos.retain(world.now);
  },
  leave,
} satisfies Record<string, Act>;

export type OperationName = keyof typeof operations;
