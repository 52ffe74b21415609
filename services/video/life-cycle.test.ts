import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job } from '../../lib/contracts.ts';
import { problemCode } from '../../lib/errors.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import {
  completion,
  later,
  media,
  now,
  openVideos,
  rules,
  scheduling,
  wish,
} from '../../test/support/videos.ts';
import { extractAgain, retryVideo } from './again.ts';
import { backoffMs, complete, fail, release, renew, renewSchema } from './attempts.ts';
import { cancelVideo, getVideo, removeVideo } from './library.ts';
import { listVideos } from './listing.ts';
import { findArchive } from './results.ts';
import { abandonUpload, createVideo, reserveUpload } from './uploads.ts';

const videos = await openVideos();
const { db, view, upload, claimOne, claimed, show, doomedKeys, events } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

describe('an upload', () => {
  const person = randomUUID();

  test('becomes a video with a queued extraction and one event', async () => {
    const { videoId, created } = await upload(person);
    expect(created).toBe(true);
    expect(await show(person, videoId)).toMatchObject({
      id: videoId,
      status: 'queued',
      progress: 0,
      queuePosition: 1,
    });
    expect(await events()).toEqual(['video.uploaded']);
    expect(await doomedKeys()).toEqual([]);
  });

  test('leaves its object doomed until then, and abandoning it makes that due', async () => {
    const { videoId, key } = await reserveUpload(db, wish(person), rules, now);
    expect(await doomedKeys()).toEqual([key]);
    await abandonUpload(db, videoId, now);
    const row = await db.models.doomedObject.findByPk(key);
    expect(row?.dueAt).toEqual(now);
  });

  test('is made once, however often and at once it is created', async () => {
    const { videoId } = await reserveUpload(db, wish(person), rules, now);
    const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, sha256: 'a'.repeat(64) };
    const whole = { ...about, videoId, personId: person, recipe: recipeSchema.parse({}) };
    await createVideo(db, whole, rules, now);
    const again = await createVideo(db, whole, rules, now);
    expect(again).toEqual({ videoId, created: false });
    expect(await events()).toEqual(['video.uploaded']);
  });

  test('with an Idempotency-Key gives one video for five duplicates at once; their objects go', async () => {
    const results = await Promise.all(
      Array.from({ length: 5 }, () => upload(person, { idempotencyKey: 'k' })),
    );
    expect(new Set(results.map(({ videoId }) => videoId)).size).toBe(1);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(await db.models.video.count()).toBe(1);
    expect(await doomedKeys()).toHaveLength(4);
  });

  test('with a used Idempotency-Key and other content is refused; after a day the key is free', async () => {
    await upload(person, { idempotencyKey: 'k' });
    const other = { idempotencyKey: 'k', sha256: 'c'.repeat(64) };
    await expect(upload(person, other)).rejects.toMatchObject({ type: 'idempotency_mismatch' });
    await expect(upload(person, other, later(25 * 3600_000))).resolves.toMatchObject({ created: true });
    await expect(upload(randomUUID(), other)).resolves.toMatchObject({ created: true });
  });
});

describe('an attempt', () => {
  const person = randomUUID();

  test('completes once; two completions at once make one event', async () => {
    const { videoId } = await upload(person);
    const job = await claimed();
    const outcomes = await Promise.all([
      complete(db, completion(job), now),
      complete(db, completion(job), now),
    ]);
    expect(outcomes).toEqual([{ accepted: true }, { accepted: true }]);
    expect(await events()).toEqual(['video.processed', 'video.uploaded']);
    expect(await show(person, videoId)).toMatchObject({
      status: 'completed',
      progress: 100,
      frameCount: 2,
      media,
    });
  });

  test('that is late changes nothing', async () => {
    const { videoId } = await upload(person);
    const late = await claimed();
    await release(db, { extractionId: late.extractionId, attempt: 1 }, now);
    const current = await claimed();
    expect(current.attempt).toBe(2);
    expect(await complete(db, completion(late), now)).toEqual({ accepted: false });
    expect(await renew(db, { ...attemptOf(late), progress: 50 }, scheduling, now)).toEqual({
      accepted: false,
    });
    expect(
      await fail(db, { ...attemptOf(late), code: 'no_frames', retryable: false }, scheduling, now),
    ).toEqual({
      accepted: false,
    });
    expect(await show(person, videoId)).toMatchObject({ status: 'processing', attempts: 2, progress: 0 });
  });

  test('tells progress that never goes back', async () => {
    const { videoId } = await upload(person);
    const job = await claimed();
    await renew(db, { ...attemptOf(job), progress: 40, media }, scheduling, now);
    await renew(db, { ...attemptOf(job), progress: 30 }, scheduling, now);
    expect(await show(person, videoId)).toMatchObject({ progress: 40, media });
    // Only the archive makes it 100.
    expect(renewSchema.safeParse({ ...attemptOf(job), progress: 99 }).success).toBe(true);
    expect(renewSchema.safeParse({ ...attemptOf(job), progress: 100 }).success).toBe(false);
  });

  test('keeps its lease from each renewal on for as long as the first one was', async () => {
    await upload(person);
    const job = await claimed();
    await renew(db, { ...attemptOf(job), progress: 0 }, scheduling, later(20_000));
    const row = await db.models.extraction.findByPk(job.extractionId);
    expect(row?.leaseUntil).toEqual(later(50_000));
  });

  test('pauses for longer after each failure, and for five minutes at most', () => {
    expect([1, 2, 3, 8, 9, 60].map(backoffMs)).toEqual([2000, 4000, 8000, 256_000, 300_000, 300_000]);
  });

  test('that fails for a passing reason comes again with a pause, and is given up at the limit', async () => {
    const { videoId } = await upload(person);
    let at = now;
    for (let n = 1; n <= scheduling.maxAttempts; n += 1) {
      const failure = { ...attemptOf(await claimed(at)), code: 'attempts_exhausted', retryable: true };
      await fail(db, failure, scheduling, at);
      expect(await claimOne(at)).toBeNull();
      at = new Date(at.getTime() + backoffMs(n));
    }
    expect(await show(person, videoId)).toMatchObject({
      status: 'failed',
      error: { code: 'attempts_exhausted' },
    });
    expect(await events()).toContain('video.failed');
  });

  test('that failed leaves nothing: what it may have written goes once no late writer can be at it', async () => {
    await upload(person);
    const job = await claimed();
    await fail(db, { ...attemptOf(job), code: 'not_a_video', retryable: false }, scheduling, now);
    const doomed = await db.models.doomedObject.findAll({ order: ['key'] });
    expect(doomed.map(({ key, dueAt }) => ({ key, dueAt }))).toEqual(
      [job.archiveKey, job.previewKey].map((key) => ({ key, dueAt: later(600_000) })),
    );
  });

  test('that fails for good is not tried again', async () => {
    const { videoId } = await upload(person);
    await fail(db, { ...attemptOf(await claimed()), code: 'not_a_video', retryable: false }, scheduling, now);
    const video = await show(person, videoId);
    expect(video).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'not_a_video' } });
    expect(video.error?.message).toMatch(/not a video/);
  });
});

const reasonOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : problemCode(result.reason);
const attemptOf = ({ extractionId, attempt }: Job) => ({ extractionId, attempt });

describe('a person', () => {
  const personId = randomUUID();

  test('cancels while the worker completes: exactly one of the two happens', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { videoId } = await upload(personId);
      const job = await claimed();
      const [canceled, completed] = await Promise.allSettled([
        cancelVideo(db, { personId, id: videoId }, now),
        complete(db, completion(job), now),
      ]);
      const { status } = await show(personId, videoId);
      const accepted = completed.status === 'fulfilled' && completed.value.accepted;
      expect(status).toBe(accepted ? 'completed' : 'canceled');
      expect(completed.status).toBe('fulfilled');
      if (accepted) expect(canceled).toMatchObject({ status: 'rejected', reason: { type: 'invalid_state' } });
      else expect(canceled.status).toBe('fulfilled');
    }
  });

  test('a change whose request is delivered again is made once', async () => {
    const { videoId: id } = await upload(personId);
    const own = { personId, id };
    for (const change of [cancelVideo, retryVideo, removeVideo]) {
      const requestId = randomUUID();
      await change(db, own, now, requestId);
      await change(db, own, now, requestId);
      const left = change === removeVideo ? 0 : 1;
      expect(await db.models.extraction.count({ where: { videoId: id, status: 'queued' } })).toBe(
        change === retryVideo ? 1 : 0,
      );
      expect(await db.models.video.count({ where: { id } })).toBe(left);
    }
  });

  test('cancels twice at once: one wins, the other is told', async () => {
    const { videoId } = await upload(personId);
    const own = { personId, id: videoId };
    const results = await Promise.allSettled([cancelVideo(db, own, now), cancelVideo(db, own, now)]);
    expect(results.map(reasonOf).sort()).toEqual(['done', 'invalid_state']);
    await expect(cancelVideo(db, own, now)).rejects.toMatchObject({ type: 'invalid_state' });
  });

  test('retries what was canceled, once', async () => {
    const { videoId } = await upload(personId);
    const own = { personId, id: videoId };
    await expect(retryVideo(db, own, now)).rejects.toMatchObject({ type: 'invalid_state' });
    await cancelVideo(db, own, now);
    const results = await Promise.allSettled([retryVideo(db, own, now), retryVideo(db, own, now)]);
    expect(results.map(reasonOf).sort()).toEqual(['done', 'invalid_state']);
    const video = await show(personId, videoId);
    expect(video.status).toBe('queued');
    expect(video.extractions.map(({ status }) => status)).toEqual(['queued', 'canceled']);
  });

  test('removes a video with everything that belongs to it', async () => {
    const { videoId } = await upload(personId);
    const job = await claimed();
    await complete(db, completion(job), now);
    await removeVideo(db, { personId, id: videoId }, now);
    expect(await doomedKeys()).toEqual([job.archiveKey, job.previewKey, `sources/${videoId}`]);
    await expect(show(personId, videoId)).rejects.toMatchObject({ type: 'not_found' });
  });

  test('never sees or touches what belongs to another', async () => {
    const { videoId } = await upload(personId);
    const stranger = { personId: randomUUID(), id: videoId };
    const touches = [
      getVideo(db, stranger, view()),
      cancelVideo(db, stranger, now),
      retryVideo(db, stranger, now),
    ];
    for (const touch of [...touches, removeVideo(db, stranger, now)]) {
      await expect(touch).rejects.toMatchObject({ type: 'not_found' });
    }
    expect((await listVideos(db, { personId: stranger.personId, limit: 10 }, view())).items).toEqual([]);
  });

  test('gets the archive of a recipe that was extracted before at once, and deleting takes everything', async () => {
    const { videoId } = await upload(personId);
    const own = { personId, id: videoId };
    const first = await claimed();
    await complete(db, completion(first), now);
    const other = recipeSchema.parse({ format: 'png' });
    await extractAgain(db, { ...own, recipe: other }, later(1000));
    await complete(db, completion(await claimed(later(1000))), later(1000));

    await extractAgain(db, { ...own, recipe: recipeSchema.parse({}) }, later(2000));
    const video = await show(personId, videoId);
    expect(video).toMatchObject({ status: 'completed', recipe: first.recipe, frameCount: 2 });
    expect(video.extractions).toHaveLength(3);
    expect((await findArchive(db, own)).key).toBe(first.archiveKey);
    expect(await claimOne(later(3000))).toBeNull();
    await extractAgain(db, { ...own, recipe: recipeSchema.parse({}) }, later(3000));
    expect((await show(personId, videoId)).extractions).toHaveLength(3);

    await removeVideo(db, own, later(4000));
    // Two archives, two contact sheets and the source.
    expect(await doomedKeys()).toHaveLength(5);
  });

  test('sees a video as it was at one moment, also while its extraction completes', async () => {
    const { videoId } = await upload(personId);
    const job = await claimed();
    const completing = async () => {
      db.models.video.removeHook('afterFind', 'completing');
      await complete(db, completion(job), now);
    };
    db.models.video.addHook('afterFind', 'completing', completing);
    expect(await show(personId, videoId)).toMatchObject({ status: 'processing', media: null });
    expect(await show(personId, videoId)).toMatchObject({ status: 'completed', media });
  });
});
