import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { DirectUploads } from '../../lib/storage/object-store.ts';
import { beginDirect, completeDirect, giveUpDirect } from '../../services/api/transfer/direct.ts';
import type { Call } from '../../services/api/endpoint.ts';
import { findUpload, noteUpload, type noteUploadSchema } from '../../services/video/open-uploads.ts';
import { reuseSource } from '../../services/video/reuse.ts';
import { holdUpload, letUpload, type leaseSchema } from '../../services/video/upload-leases.ts';
import * as uploads from '../../services/video/uploads.ts';
import { noteMade, onPerson, onUpload, recipe, rules, type Act, type Stage } from './stage.ts';

/** What people and gateways do to uploads. */

const sha256 = 'a'.repeat(64);
type Lease = z.output<typeof leaseSchema>;
type Reserve = z.output<typeof uploads.reserveSchema>;

const reserveAs = (kind: 'plain' | 'resumable', isDeclared: boolean) =>
  onPerson(async (stage, personId) => {
    await reserve(stage, { personId, kind, size: isDeclared ? 10 : null });
  });

async function reserve({ videos, world }: Stage, wish: Reserve) {
  const reservation = await uploads.reserveUpload(videos.db, wish, rules, world.now);
  const { videoId: id, key } = reservation;
  await videos.put(key);
  world.uploads.push({ id, personId: wish.personId, key, size: 10 });
  return reservation;
}

async function create({ videos, world }: Stage, upload: z.output<typeof uploads.uploadSchema>) {
  const { now } = world;
  const made = await uploads.createVideo(videos.db, upload, rules, now);
  if (made.created) noteMade(world, { id: upload.videoId, personId: upload.personId }, now);
  return made;
}

async function abandon({ videos, world }: Stage, videoId: string) {
  const answer = await uploads.abandonUpload(videos.db, videoId, world.now);
  if (answer.abandoned) world.said.givenUp.add(videoId);
  return answer;
}

/** `video` as a gateway calls it. */
function callOf(stage: Stage): Call {
  const { videos, world } = stage;
  const { db } = videos;
  const { now } = world;
  const answers: Record<string, (params: never) => unknown> = {
    'video.reserve': (wish: Reserve) => reserve(stage, wish),
    'video.noteUpload': (note: z.output<typeof noteUploadSchema>) => noteUpload(db, note),
    'video.findUpload': (own: { personId: string; id: string }) => findUpload(db, own, now),
    'video.holdUpload': (lease: Lease) => holdUpload(db, lease, rules.quotas, now),
    'video.letUpload': (lease: Lease) => letUpload(db, lease),
    'video.abandon': ({ videoId }: { videoId: string }) => abandon(stage, videoId),
    'video.create': async (upload: z.output<typeof uploads.uploadSchema>) => ({
      video: { id: (await create(stage, upload)).videoId },
    }),
    'video.get': (own: { id: string }) => own,
  };
  return async <Result>(action: string, params: object = {}) => {
    const answer = answers[action];
    if (!answer) throw new Error(`${action} is not here`);
    return (await answer(params as never)) as Result;
  };
}

/** A store that has put the parts of every upload together already. */
const direct: DirectUploads = {
  begin: () => Promise.resolve('an upload'),
  sign: (_key, _id, sizes) => Promise.resolve(sizes.map(() => 'http://store.example')),
  parts: () => Promise.resolve(null),
  complete: () => Promise.resolve(),
};
const directly = (stage: Stage) => ({
  call: callOf(stage),
  store: Object.assign(Object.create(stage.videos.store) as Stage['videos']['store'], {
    direct: () => direct,
  }),
});

export const transferOperations = {
  reserve: reserveAs('plain', true),
  reserveResumable: reserveAs('resumable', true),
  reserveUndeclared: reserveAs('plain', false),
  create: onUpload(async (stage, { id: videoId, personId, size }, pick) => {
    const key = pick % 4 === 0 ? { idempotencyKey: 'again' } : {};
    const about = { filename: 'clip.mp4', contentType: 'video/mp4', size, sha256, ...key };
    await create(stage, { ...about, videoId, personId, recipe: recipe(0) });
  }),
  reuse: onPerson(async ({ videos, world }, personId, pick) => {
    const key = pick % 4 === 0 ? { idempotencyKey: 'again' } : {};
    const wish = { videoId: randomUUID(), personId, sha256, size: 10, recipe: recipe(pick), ...key };
    const { now } = world;
    const made = await reuseSource(videos.db, wish, rules, now);
    if (made.created) noteMade(world, { id: made.videoId, personId }, now);
  }),
  abandon: onUpload(async (stage, { id }) => {
    await abandon(stage, id);
  }),
  hold: onUpload(async ({ videos, world }, { id }, pick) => {
    await holdUpload(videos.db, { id, holder: `gateway ${pick % 2}` }, rules.quotas, world.now);
  }),
  letGo: onUpload(async ({ videos }, { id }, pick) => {
    await letUpload(videos.db, { id, holder: `gateway ${pick % 2}` });
  }),
  beginDirect: onPerson(async (stage, personId) => {
    const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, recipe: recipe(0) };
    const caller = { personId, role: 'user', sessionId: null, scope: 'write' } as const;
    await beginDirect(directly(stage), { caller, origin: {} }, about);
  }),
  completeDirect: onUpload(async (stage, { id, personId }) => {
    await completeDirect(directly(stage), { id, personId }, []);
  }),
  giveUpDirect: onUpload(async (stage, { id, personId }) => {
    await giveUpDirect(directly(stage), { id, personId });
    stage.world.said.givenUp.add(id);
  }),
} satisfies Record<string, Act>;
