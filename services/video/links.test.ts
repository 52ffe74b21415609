import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { completion, later, now, openVideos } from '../../test/support/videos.ts';
import { complete } from './attempts.ts';
import { removeVideo } from './library.ts';
import { createLink, findLink, listLinks, revokeLink } from './links.ts';

let videos: Awaited<ReturnType<typeof openVideos>>;
beforeAll(async () => {
  videos = await openVideos();
});
beforeEach(() => videos.clear());
afterAll(() => videos.close());

const secret = () => createHash('sha256').update(randomUUID()).digest('hex');

/** A person's video whose archive is there. */
async function completed() {
  const personId = randomUUID();
  const { videoId: id } = await videos.upload(personId);
  const job = await videos.claimed();
  await complete(videos.db, completion(job), now);
  return { personId, id, job };
}

const link = (own: { personId: string; id: string }, secretSha256 = secret(), expiresSeconds = 60) =>
  createLink(videos.db, { personId: own.personId, id: own.id, secretSha256, expiresSeconds }, now);
const ownOf = ({ personId, id }: { personId: string; id: string }) => ({ personId, id });

test('a link gives the archive it was made for, also when there is a newer one', async () => {
  const video = await completed();
  const secretSha256 = secret();
  const made = await link(video, secretSha256);
  expect(made).toMatchObject({ extraction: video.job.extractionId, expiresAt: later(60_000).toISOString() });
  await videos.db.models.extraction.create({
    ...{ id: randomUUID(), videoId: video.id, personId: video.personId, recipe: video.job.recipe },
    ...{ status: 'queued', runAt: now, createdAt: now },
  });
  expect(await findLink(videos.db, { secretSha256 }, later(59_999))).toMatchObject({
    key: video.job.archiveKey,
    filename: 'clip.mp4',
  });
});

test('made twice with one secret it is one link', async () => {
  const video = await completed();
  const secretSha256 = secret();
  expect(await link(video, secretSha256)).toEqual(await link(video, secretSha256));
  expect((await listLinks(videos.db, ownOf(video), now)).items).toHaveLength(1);
});

describe('a link that is none', () => {
  test('because nobody knows its secret', async () => {
    await expect(findLink(videos.db, { secretSha256: secret() }, now)).rejects.toMatchObject({
      type: 'not_found',
    });
  });

  test('because it was revoked; revoking it again finds nothing', async () => {
    const video = await completed();
    const secretSha256 = secret();
    const { id: linkId } = await link(video, secretSha256);
    const request = randomUUID();
    await revokeLink(videos.db, { ...ownOf(video), linkId }, now, request);
    await revokeLink(videos.db, { ...ownOf(video), linkId }, now, request);
    await expect(findLink(videos.db, { secretSha256 }, now)).rejects.toMatchObject({ type: 'not_found' });
    await expect(revokeLink(videos.db, { ...ownOf(video), linkId }, now)).rejects.toMatchObject({
      type: 'not_found',
    });
  });

  test('because its video was deleted', async () => {
    const video = await completed();
    const secretSha256 = secret();
    await link(video, secretSha256);
    await removeVideo(videos.db, ownOf(video), now);
    await expect(findLink(videos.db, { secretSha256 }, now)).rejects.toMatchObject({ type: 'not_found' });
  });
});

describe('an expired link', () => {
  test('says so, and is not listed', async () => {
    const video = await completed();
    const secretSha256 = secret();
    await link(video, secretSha256);
    const expiry = later(60_000);
    await expect(findLink(videos.db, { secretSha256 }, expiry)).rejects.toMatchObject({ type: 'expired' });
    expect((await listLinks(videos.db, ownOf(video), expiry)).items).toEqual([]);
  });

  test('is also one whose archive has expired', async () => {
    const video = await completed();
    const secretSha256 = secret();
    await link(video, secretSha256);
    await videos.db.models.extraction.update(
      { status: 'expired' },
      { where: { id: video.job.extractionId } },
    );
    await expect(findLink(videos.db, { secretSha256 }, now)).rejects.toMatchObject({ type: 'expired' });
    await expect(link(video)).rejects.toMatchObject({ type: 'expired' });
  });
});

describe('no link is made', () => {
  test('to another person’s video, nor revoked or listed there', async () => {
    const video = await completed();
    const other = { personId: randomUUID(), id: video.id };
    const { id: linkId } = await link(video);
    const attempts = [
      link(other),
      listLinks(videos.db, other, now),
      revokeLink(videos.db, { ...other, linkId }, now),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ type: 'not_found' });
    expect((await listLinks(videos.db, ownOf(video), now)).items).toHaveLength(1);
  });

  test('before the archive is there', async () => {
    const personId = randomUUID();
    const { videoId: id } = await videos.upload(personId);
    await expect(link({ personId, id })).rejects.toMatchObject({ type: 'not_ready' });
  });

  test('when a video has a hundred that live, also of many that ask at once', async () => {
    const video = await completed();
    const outcomes = await Promise.allSettled(Array.from({ length: 110 }, () => link(video)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    await expect(link(video)).rejects.toMatchObject({ type: 'invalid_state' });
    const { items } = await listLinks(videos.db, ownOf(video), now);
    expect(items).toHaveLength(100);
    await revokeLink(videos.db, { ...ownOf(video), linkId: items[0]?.id ?? '' }, now);
    await link(video);
  });
});
