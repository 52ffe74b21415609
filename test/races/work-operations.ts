import { buffer } from 'node:stream/consumers';
import { partKey, type RangeJob } from '../../lib/contracts.ts';
import * as attempts from '../../services/video/attempts.ts';
import { claim } from '../../services/video/claim.ts';
import { shareFrames } from '../../services/video/live-frames.ts';
import { endRange, listRanges, renewRange } from '../../services/video/ranges.ts';
import { claimOwnRange, splitExtraction } from '../../services/video/split.ts';
import { retention } from '../support/stored-videos.ts';
import { completion } from '../support/videos.ts';
import { attemptOf, onJob, onRange, scheduling, type Act, type Stage } from './stage.ts';
import type { World } from './world.ts';

/** What workers do: each may be late, and told twice. */

const halves = [0, 5].map((first) => ({ first, count: 5 }));
const thirds = [0, 3, 6].map((first) => ({ first, count: 3 }));
const frame = { timeSeconds: 0, sourceIndex: 0, size: 1 };

const take: Act = async ({ videos, world }, pick) => {
  const { now } = world;
  const worker = `worker ${pick % 2}`;
  const job = await claim(videos.db, { worker }, scheduling, now);
  if (!job) return;
  if ('range' in job) {
    noteRange(world, job, worker);
    return;
  }
  world.said.claims += 1;
  world.jobs.push({ job, worker, claimedAt: now, parts: 0 });
};

function noteRange({ ranges, said, now }: World, job: RangeJob, worker: string): void {
  said.rangeClaims.push(`${job.range.id} ${job.range.attempt}`);
  ranges.push({ job, worker, claimedAt: now });
}

async function finish({ videos, world }: Stage, { job }: World['jobs'][number]): Promise<void> {
  await videos.put(job.archiveKey);
  await videos.put(job.previewKey);
  const done = completion(job);
  const archive = { ...done.archive, size: 1 };
  const { accepted } = await attempts.complete(videos.db, { ...done, archive }, world.now, retention);
  if (accepted) world.said.completed.add(`${job.extractionId} ${job.attempt}`);
}

const failAs = (retryable: boolean) =>
  onJob(async ({ videos, world }, known) => {
    const failure = { ...attemptOf(known), code: 'not_a_video', retryable };
    const { accepted } = await attempts.fail(videos.db, failure, scheduling, world.now);
    const { extractionId, attempt } = attemptOf(known);
    // Whoever tells of a failure behind the completion is told that all is well.
    if (!accepted || retryable || world.said.completed.has(`${extractionId} ${attempt}`)) return;
    world.said.failed.add(extractionId);
  });

const endRangeAs = (outcome: 'stored' | 'released' | 'refused') =>
  onRange(async ({ videos, world }, { job: { range } }) => {
    if (outcome === 'stored') await videos.put(range.key);
    const { accepted } = await endRange(videos.db, { rangeId: range.id, attempt: range.attempt, outcome });
    if (accepted && outcome === 'stored') world.said.rangesStored.add(`${range.id} ${range.attempt}`);
  });

/** Whoever runs an extraction puts its ranges together as soon as all of them are stored. */
const join = onJob(async (stage, known) => {
  const { db, store } = stage.videos;
  const states = await listRanges(db, known.job.extractionId);
  const keys = states.flatMap(({ key }) => key ?? []);
  if (keys.length === 0 || keys.length < states.length) return;
  for (const key of keys) await buffer(await store.get(key));
  await finish(stage, known);
});

/** A worker that is drained hands back whatever it has. */
const drain: Act = async ({ videos: { db }, world }, pick) => {
  const worker = `worker ${pick % 2}`;
  for (const known of world.jobs.filter((job) => job.worker === worker).slice(-2))
    await attempts.release(db, attemptOf(known), world.now);
  for (const { job } of world.ranges.filter((range) => range.worker === worker).slice(-2))
    await endRange(db, { rangeId: job.range.id, attempt: job.range.attempt, outcome: 'released' });
};

export const workOperations = {
  claim: take,
  renew: onJob(async ({ videos, world }, known) => {
    await attempts.renew(videos.db, { ...attemptOf(known), progress: 50 }, scheduling, world.now);
  }),
  complete: onJob(finish),
  fail: failAs(false),
  failForNow: failAs(true),
  release: onJob(async ({ videos, world }, known) => {
    await attempts.release(videos.db, attemptOf(known), world.now);
  }),
  drain,
  share: onJob(async ({ videos, world }, known, pick) => {
    if (known.parts === 0 || pick % 3 > 0) known.parts += 1;
    const part = known.parts;
    const told = { ...attemptOf(known), part, frames: [frame, frame] };
    const { accepted } = await shareFrames(videos.db, told, world.now);
    if (accepted) await videos.put(partKey(known.job.extractionId, known.job.attempt, part));
  }),
  split: onJob(async ({ videos, world }, known, pick) => {
    const ranges = pick % 4 === 0 ? halves : thirds;
    const { accepted } = await splitExtraction(videos.db, { ...attemptOf(known), ranges }, world.now);
    if (accepted) world.said.calls += ranges.length - 1;
  }),
  claimOwnRange: onJob(async ({ videos, world }, known) => {
    const { worker } = known;
    const job = await claimOwnRange(videos.db, { ...attemptOf(known), worker }, scheduling, world.now);
    if (job) noteRange(world, job, worker);
  }),
  renewRange: onRange(async ({ videos, world }, { job: { range } }) => {
    await renewRange(videos.db, { rangeId: range.id, attempt: range.attempt }, scheduling, world.now);
  }),
  storeRange: endRangeAs('stored'),
  releaseRange: endRangeAs('released'),
  refuseRange: endRangeAs('refused'),
  join,
} satisfies Record<string, Act>;
