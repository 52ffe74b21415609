import { randomUUID } from 'node:crypto';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { cancelJob, requeueJob } from '../../services/video/administration/job-deeds.ts';
import { setQuotas } from '../../services/video/administration/quota-overrides.ts';
import { extractAgain, retryVideo } from '../../services/video/again.ts';
import { cancelVideo, removeVideo } from '../../services/video/library.ts';
import { createLink, findLink, revokeLink } from '../../services/video/links.ts';
import { purgePerson, refusePerson } from '../../services/video/removal.ts';
import { findArchive, listFinishedFrames } from '../../services/video/results.ts';
import { sweep } from '../../services/video/sweep.ts';
import { retention } from '../support/stored-videos.ts';
import { limitsOf, onPerson, onVideo, queue, recipe, rules, scheduling, type Act } from './stage.ts';
import { transferOperations } from './transfer-operations.ts';
import { workOperations } from './work-operations.ts';
import { pickOf } from './world.ts';

/** Everything that can happen to videos, each as one of those who do it sees it. */

const againRules = { ...retention, quotas: rules.quotas };
const by = 'operator';
/** What administrators allow: less than everyone has, more, and the same. */
const QUOTAS = [
  { storedBytes: 25, videosPerDay: 3, concurrentUploads: 1, fileBytes: null },
  { storedBytes: 65, videosPerDay: 8, concurrentUploads: 3, fileBytes: null },
  null,
];

const leave = onPerson(async ({ videos, world }, personId) => {
  world.gone.push(personId);
  world.people = world.people.map((other) => (other === personId ? randomUUID() : other));
  await refusePerson(videos.db, personId, world.now);
  await purgePerson(videos.db, personId, world.now);
});

const openLink: Act = async ({ videos, world }, pick) => {
  const link = pickOf(world.links, pick);
  if (!link) return;
  const wasRevoked = world.said.revoked.has(link.id);
  await findLink(videos.db, { secretSha256: link.secretSha256 }, world.now);
  if (wasRevoked) throw new Error('A link works that was revoked');
};

const revoke: Act = async ({ videos, world }, pick) => {
  const link = pickOf(world.links, pick);
  if (!link) return;
  await revokeLink(videos.db, { ...link.own, linkId: link.id }, world.now);
  if (world.said.revoked.has(link.id)) throw new Error('A link was revoked twice');
  world.said.revoked.add(link.id);
};

const personOperations = {
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
  download: onVideo(async ({ videos }, own) => {
    await findArchive(videos.db, own);
  }),
  watch: onVideo(async ({ videos }, own) => {
    await listFinishedFrames(videos.db, { ...own, cursor: 0, limit: 10 });
  }),
  link: onVideo(async ({ videos, world }, own) => {
    const secretSha256 = digestOfKeySecret(newKeySecret());
    const wish = { ...own, secretSha256, expiresSeconds: 3600 };
    const { id } = await createLink(videos.db, wish, world.now);
    world.links.push({ id, own, secretSha256 });
  }),
  openLink,
  revoke,
  leave,
} satisfies Record<string, Act>;

const operatorOperations = {
  requeue: onVideo(async ({ videos, world }, { id }) => {
    await requeueJob(videos.db, { id, by }, { retention, now: world.now });
    world.said.deeds += 1;
    world.said.calls += 1;
  }),
  cancelJob: onVideo(async ({ videos, world }, { id }) => {
    await cancelJob(videos.db, { id, by }, { now: world.now });
    world.said.deeds += 1;
    world.said.cancels += 1;
  }),
  setQuotas: onPerson(async ({ videos, world }, personId, pick) => {
    const overrides = QUOTAS[pick % 3] ?? null;
    const before = limitsOf(world, personId);
    // What was let in by higher limits stays when they come down.
    world.said.limits.set(personId, {
      storedBytes: Math.max(before.storedBytes, overrides?.storedBytes ?? 0),
      videosPerDay: Math.max(before.videosPerDay, overrides?.videosPerDay ?? 0),
      concurrentUploads: Math.max(before.concurrentUploads, overrides?.concurrentUploads ?? 0),
    });
    await setQuotas(videos.db, { personId, overrides, by }, rules.quotas, world.now);
    world.said.deeds += 1;
  }),
  sweep: ({ videos: { db, store }, world }) => sweep({ db, store, scheduling, queue }, world.now),
  expire: async ({ videos, world }) => {
    await videos.retain(world.now);
  },
} satisfies Record<string, Act>;

export const operations = {
  ...transferOperations,
  ...workOperations,
  ...personOperations,
  ...operatorOperations,
} satisfies Record<string, Act>;

export type OperationName = keyof typeof operations;
