import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { problemCode } from '../../lib/errors.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { openStoredVideos } from '../../test/support/stored-videos.ts';
import { later, media, now, rules } from '../../test/support/videos.ts';
import { cancelVideo, removeVideo } from './library.ts';
import { readUsage } from './quotas.ts';
import { checkSource, reuseSource } from './reuse.ts';

const DAY_MS = 24 * 3600 * 1000;
const videos = await openStoredVideos();
const { db, upload, show, claimed, doomedKeys, events, sweep, objects } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

const sha256 = 'a'.repeat(64);
const personId = randomUUID();
const content = { personId, sha256, size: 10 };
const recipe = recipeSchema.parse({ format: 'png' });
const wish = (more: object = {}) => ({ ...content, recipe, videoId: randomUUID(), ...more });
const reuse = (more: object = {}, at = now) => reuseSource(db, wish(more), rules, at);
const remove = (id: string) => removeVideo(db, { personId, id }, now);
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'done', problemCode);

describe('a look for bytes', () => {
  test('finds the newest video of the person, and nobody else’s', async () => {
    expect(await checkSource(db, content)).toEqual({ exists: false, video: null });
    await upload(personId);
    const newest = await upload(personId, sha256, later(1000));
    expect(await checkSource(db, content)).toEqual({
      exists: true,
      video: { id: newest, filename: 'clip.mp4', createdAt: later(1000).toISOString() },
    });
    for (const other of [{ personId: randomUUID() }, { sha256: 'b'.repeat(64) }, { size: 11 }]) {
      expect(await checkSource(db, { ...content, ...other })).toEqual({ exists: false, video: null });
    }
  });

  test('finds nothing when the source is gone', async () => {
    await upload(personId);
    await db.models.video.update({ sourceRemovedAt: now }, { where: {} });
    expect(await checkSource(db, content)).toEqual({ exists: false, video: null });
    expect(await codeOf(reuse())).toBe('not_found');
  });
});

describe('a video of bytes that are there', () => {
  test('is a video like any other, over the same object', async () => {
    const first = await upload(personId);
    await videos.complete(await claimed());
    const { videoId, created } = await reuse({ filename: 'again.mp4' }, later(1000));
    expect(created).toBe(true);
    expect(await show(personId, videoId)).toMatchObject({
      ...{ id: videoId, filename: 'again.mp4', size: 10, sha256, contentType: 'video/mp4', media, recipe },
      ...{ status: 'queued', createdAt: later(1000).toISOString() },
      sourceExpiresAt: later(1000 + 30 * DAY_MS).toISOString(),
    });
    expect((await claimed(later(1000))).source.key).toBe(`sources/${first}`);
    expect(await events()).toEqual(['video.processed', 'video.uploaded', 'video.uploaded']);
    const { storedBytes, videosPerDay } = await readUsage(db, personId, rules.quotas, now);
    expect([storedBytes.used, videosPerDay.used]).toEqual([110, 2]);
  });

  test('has the name of the one before, when it gets none', async () => {
    await upload(personId);
    const { videoId } = await reuse();
    expect((await show(personId, videoId)).filename).toBe('clip.mp4');
  });

  test('is never made of what is another person’s', async () => {
    await upload(randomUUID());
    expect(await codeOf(reuse())).toBe('not_found');
    expect(await db.models.video.count()).toBe(1);
  });

  test('is made once for a request that comes twice, and for an Idempotency-Key', async () => {
    await upload(personId);
    const twice = wish();
    const answers = await Promise.all([1, 2, 3].map(() => reuseSource(db, twice, rules, now)));
    expect(answers.map(({ created }) => created).sort()).toEqual([false, false, true]);
    expect(new Set(answers.map(({ videoId }) => videoId))).toEqual(new Set([twice.videoId]));
    const results = await Promise.all(Array.from({ length: 5 }, () => reuse({ idempotencyKey: 'k' })));
    expect(new Set(results.map(({ videoId }) => videoId)).size).toBe(1);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(await db.models.video.count()).toBe(3);
    expect(await codeOf(reuse({ idempotencyKey: 'k', filename: 'other.mp4' }))).toBe('idempotency_mismatch');
  });

  test('counts as a video of the day', async () => {
    await upload(personId);
    const quotas = { ...rules.quotas, videosPerDay: 2 };
    await reuseSource(db, wish(), { ...rules, quotas }, now);
    expect(await codeOf(reuseSource(db, wish(), { ...rules, quotas }, now))).toBe('quota_exceeded');
  });
});

describe('a source that videos share', () => {
  test('goes with the last of them, also when they are removed at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = await upload(personId);
      const ids = [first];
      for (let n = 0; n < 4; n += 1) ids.push((await reuse()).videoId);
      await remove(first);
      expect(await doomedKeys()).toEqual([]);
      await Promise.all(ids.slice(1).map(remove));
      expect(await doomedKeys()).toEqual([`sources/${first}`]);
      await sweep(now);
    }
    expect(await objects()).toEqual([]);
  });

  test('expires for each at its own time, and goes with the last', async () => {
    const first = await upload(personId);
    await cancelVideo(db, { personId, id: first }, now);
    const { videoId } = await reuse({}, later(DAY_MS));
    await cancelVideo(db, { personId, id: videoId }, later(DAY_MS));
    const about = { what: 'source', id: first, key: null };
    expect(await videos.retain(later(30 * DAY_MS))).toContainEqual(expect.objectContaining(about));
    await sweep(later(30 * DAY_MS));
    expect(await objects()).toEqual([`sources/${first}`]);
    // The one that is left can be used still, the other one not.
    expect((await checkSource(db, content)).video?.id).toBe(videoId);
    expect(await videos.retain(later(31 * DAY_MS))).toMatchObject([{ id: videoId, key: `sources/${first}` }]);
    await sweep(later(31 * DAY_MS));
    expect(await objects()).toEqual([]);
  });

  test('that expires for all at once is told once', async () => {
    for (const id of [await upload(personId), (await reuse()).videoId, (await reuse()).videoId])
      await cancelVideo(db, { personId, id }, now);
    const plan = await videos.retain(later(40 * DAY_MS), true);
    expect(plan.filter(({ what }) => what === 'source')).toHaveLength(3);
    expect(plan.filter(({ key }) => key !== null)).toHaveLength(1);
    expect(await videos.retain(later(40 * DAY_MS))).toEqual(plan);
    expect(await doomedKeys()).toHaveLength(1);
  });

  const ends = {
    removed: (id: string) => remove(id),
    expired: () => videos.retain(later(30 * DAY_MS)),
  };
  test.each(Object.entries(ends))(
    'that is %s while it is used again is there, or is refused',
    async (_, end) => {
      const outcomes = new Set<string | undefined>();
      for (let round = 0; round < 25; round += 1) {
        const first = await upload(personId);
        await cancelVideo(db, { personId, id: first }, now);
        const at = later(30 * DAY_MS);
        const made = wish();
        const [outcome] = await Promise.all([codeOf(reuseSource(db, made, rules, at)), end(first)]);
        await sweep(at);
        outcomes.add(outcome);
        if (outcome === 'done') {
          expect(await objects()).toEqual([`sources/${first}`]);
          await removeVideo(db, { personId, id: made.videoId }, at);
          await sweep(at);
        } else expect(outcome).toBe('not_found');
        expect(await objects()).toEqual([]);
        await db.models.video.destroy({ where: {} });
      }
      expect([...outcomes].every((outcome) => outcome === 'done' || outcome === 'not_found')).toBe(true);
    },
  );
});
