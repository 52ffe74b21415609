import { createMemoryQueue } from '../../lib/queue/memory.ts';
import { silentLogger } from '../../lib/logger.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import type { UploadRules } from '../../services/video/uploads.ts';
import { retention, type openStoredVideos } from '../support/stored-videos.ts';
import { dayKey, pickOf, type Limits, type World } from './world.ts';

/** Where things happen: the service with its database and store, and what the world knows. */
export interface Stage {
  videos: Awaited<ReturnType<typeof openStoredVideos>>;
  world: World;
}
export type Act = (stage: Stage, pick: number) => Promise<void>;

export const scheduling = { leaseSeconds: 30, maxAttempts: 2, maxRunningPerPerson: 2 };
export const rules: UploadRules = {
  quotas: { storedBytes: 45, videosPerDay: 5, concurrentUploads: 2, fileBytes: 20 },
  expiresHours: 1,
  sourceDays: retention.sourceDays,
};
/** The highest limits that have held for a person: those that hold now are among them. */
export const limitsOf = ({ said }: World, personId: string): Limits =>
  said.limits.get(personId) ?? rules.quotas;
export const queue = createMemoryQueue(silentLogger);
export const recipe = (pick: number) => recipeSchema.parse({ format: pick % 2 === 0 ? 'jpg' : 'png' });

/** A worker that has lost its lease stops long before its objects go. */
const WORKER_STOPS_MS = 60_000;

export const onPerson =
  (act: (stage: Stage, personId: string, pick: number) => Promise<void>): Act =>
  async (stage, pick) => {
    const personId = pickOf(stage.world.people, pick);
    if (personId !== undefined) await act(stage, personId, pick);
  };

export const onUpload =
  (act: (stage: Stage, upload: World['uploads'][number], pick: number) => Promise<void>): Act =>
  async (stage, pick) => {
    const upload = pickOf(stage.world.uploads, pick);
    if (upload) await act(stage, upload, pick);
  };

export const onVideo =
  (act: (stage: Stage, video: World['videos'][number], pick: number) => Promise<void>): Act =>
  async (stage, pick) => {
    const video = pickOf(stage.world.videos, pick);
    if (video) await act(stage, video, pick);
  };

const isAlive = ({ now }: World, { claimedAt }: { claimedAt: Date }) =>
  now.getTime() - claimedAt.getTime() < WORKER_STOPS_MS;

export const onJob =
  (act: (stage: Stage, known: World['jobs'][number], pick: number) => Promise<void>): Act =>
  async (stage, pick) => {
    const known = pickOf(stage.world.jobs, pick);
    if (known && isAlive(stage.world, known)) await act(stage, known, pick);
  };

export const onRange =
  (act: (stage: Stage, known: World['ranges'][number]) => Promise<void>): Act =>
  async (stage, pick) => {
    const known = pickOf(stage.world.ranges, pick);
    if (known && isAlive(stage.world, known)) await act(stage, known);
  };

export const attemptOf = ({ job: { extractionId, attempt } }: World['jobs'][number]) => ({
  extractionId,
  attempt,
});

/** The service said that it has made a video. */
export function noteMade({ videos, said }: World, video: World['videos'][number], now: Date): void {
  videos.push(video);
  said.videos.add(video.id);
  const day = dayKey(video.personId, now);
  said.made.set(day, (said.made.get(day) ?? 0) + 1);
}
