import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { purgeGone } from '../../lib/gone-people.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { tablesWith } from '../../test/support/person-rows.ts';
import { openStoredVideos } from '../../test/support/stored-videos.ts';
import { later, now, rules, wish } from '../../test/support/videos.ts';
import { LATE_WRITER_MS } from './doomed-objects.ts';
import { createLink } from './links.ts';
import { purgePerson, refusePerson } from './removal.ts';
import { reuseSource } from './reuse.ts';
import { createVideo, reserveUpload } from './uploads.ts';

const sha256 = 'a'.repeat(64);
const unauthorized = expect.objectContaining({ type: 'unauthorized' });

let videos: Awaited<ReturnType<typeof openStoredVideos>>;
beforeAll(async () => {
  videos = await openStoredVideos();
});
afterEach(() => videos.clear());
afterAll(() => videos.close());

/** Somebody with a finished video and a link to it, one that runs, one that waits, and two uploads on their way. */
async function addPerson(): Promise<{ personId: string; reserved: string }> {
  const personId = randomUUID();
  const id = await videos.upload(personId, sha256);
  await videos.complete(await videos.claimed());
  await createLink(
    videos.db,
    { personId, id, secretSha256: randomUUID().replaceAll('-', '').repeat(2), expiresSeconds: 60 },
    now,
  );
  await videos.upload(personId, 'b'.repeat(64));
  await videos.claimed();
  await videos.upload(personId, 'c'.repeat(64));
  const { videoId: reserved, key } = await reserveUpload(videos.db, wish(personId), rules, now);
  await videos.put(key);
  await reserveUpload(videos.db, { ...wish(personId), kind: 'resumable' }, rules, now);
  return { personId, reserved };
}

describe('a person who is gone', () => {
  test('leaves no row and no object, and nobody else loses anything', async () => {
    const { personId } = await addPerson();
    const other = await addPerson();
    const objects = await videos.objects();
    await refusePerson(videos.db, personId, now);
    await purgePerson(videos.db, personId, now);
    await purgePerson(videos.db, personId, now);
    expect(await tablesWith(videos.db.sequelize, personId)).toEqual([]);
    await videos.sweep(later(LATE_WRITER_MS));
    const left = await videos.objects();
    expect(left).toHaveLength(objects.length / 2);
    await refusePerson(videos.db, other.personId, now);
    await purgePerson(videos.db, other.personId, now);
    await videos.sweep(later(LATE_WRITER_MS));
    expect(await videos.objects()).toEqual([]);
    const [rows] = await videos.db.sequelize.query('SELECT 1 FROM links UNION ALL SELECT 1 FROM extractions');
    expect(rows).toEqual([]);
  });

  test('begins no upload and makes no video, also of an upload that was under way', async () => {
    const { personId, reserved: videoId } = await addPerson();
    await refusePerson(videos.db, personId, now);
    await expect(reserveUpload(videos.db, wish(personId), rules, now)).rejects.toEqual(unauthorized);
    const recipe = recipeSchema.parse({});
    const again = { videoId: randomUUID(), personId, sha256, size: 10, recipe };
    await expect(reuseSource(videos.db, again, rules, now)).rejects.toEqual(unauthorized);
    await purgePerson(videos.db, personId, now);
    const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, sha256 };
    const late = createVideo(videos.db, { ...about, videoId, personId, recipe }, rules, now);
    await expect(late).rejects.toMatchObject({ type: 'not_found' });
  });

  test('is purged again after a crash, and until no request of theirs can be under way', async () => {
    const personId = randomUUID();
    const other = randomUUID();
    await refusePerson(videos.db, personId, now);
    await refusePerson(videos.db, other, now);
    const purged: string[] = [];
    const purge = (id: string) => {
      purged.push(id);
      return purged.length === 1 ? Promise.reject(new Error('crash')) : Promise.resolve();
    };
    await expect(purgeGone(videos.db.sequelize, purge, now)).rejects.toThrow('crash');
    await purgeGone(videos.db.sequelize, purge, later(599_999));
    await purgeGone(videos.db.sequelize, purge, later(600_000));
    await purgeGone(videos.db.sequelize, purge, later(600_000));
    expect(purged.filter((id) => id === personId)).toHaveLength(3);
    expect(purged.filter((id) => id === other)).toHaveLength(3);
  });
});
