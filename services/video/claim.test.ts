import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { completion, later, now, openVideos, scheduling } from '../../test/support/videos.ts';
import { complete } from './attempts.ts';
import { createOutlookReader } from './outlook.ts';

const videos = await openVideos();
const { db, upload, claimOne, claimed, show, doomedKeys } = videos;
beforeEach(videos.clear);
afterAll(videos.close);

describe('claiming', () => {
  test('gives each extraction to one of many claims at once', async () => {
    const person = randomUUID();
    await Promise.all(Array.from({ length: 8 }, () => upload(person)));
    const jobs = await Promise.all(Array.from({ length: 12 }, () => claimOne()));
    const ids = jobs.flatMap((job) => job?.extractionId ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = [];
    for (let job = await claimOne(); job; job = await claimOne()) rest.push(job.extractionId);
    expect(new Set([...ids, ...rest]).size).toBe(8);
  });

  test('leases for as long as it says, and counts the attempt', async () => {
    await upload(randomUUID());
    const { extractionId, attempt, leaseSeconds } = await claimed(later(5000));
    expect({ attempt, leaseSeconds }).toEqual({ attempt: 1, leaseSeconds: 30 });
    const row = await db.models.extraction.findByPk(extractionId);
    expect(row).toMatchObject({ startedAt: later(5000), leaseUntil: later(35_000), worker: 'w' });
  });

  test('is fair: the person with the least running work comes first', async () => {
    const [busy, newcomer] = [randomUUID(), randomUUID()];
    for (let i = 0; i < 3; i += 1) await upload(busy);
    await claimed();
    const { videoId } = await upload(newcomer);
    expect((await claimed()).videoId).toBe(videoId);
  });

  test('lets one person’s 200 videos delay another’s first one by no more than what runs', async () => {
    const [busy, newcomer] = [randomUUID(), randomUUID()];
    for (let i = 0; i < 200; i += 1) await upload(busy);
    await claimed();
    const { videoId } = await upload(newcomer);
    expect(await show(newcomer, videoId)).toMatchObject({ queuePosition: 1 });
    expect((await claimed()).videoId).toBe(videoId);
  });

  test('gives nobody more than the limit at a time, however many workers ask at once', async () => {
    const [busy, other] = [randomUUID(), randomUUID()];
    for (let i = 0; i < 6; i += 1) await upload(busy);
    for (let i = 0; i < 2; i += 1) await upload(other);
    const limited = { ...scheduling, maxRunningPerPerson: 3 };
    const jobs = await Promise.all(Array.from({ length: 10 }, () => claimOne(now, limited)));
    const running = await db.models.extraction.findAll({ where: { status: 'processing' } });
    expect(running.filter(({ personId }) => personId === busy)).toHaveLength(3);
    expect(running.filter(({ personId }) => personId === other)).toHaveLength(2);
    expect(await claimOne(now, limited)).toBeNull();

    const busyOne = running.find(({ personId }) => personId === busy);
    const done = jobs.find((job) => job?.extractionId === busyOne?.id);
    if (!done) throw new Error('The busy person has no job');
    await complete(db, completion(done), now);
    expect(await claimOne(now, limited)).not.toBeNull();
  });

  test('takes the queue in the order that its positions have told', async () => {
    const people = [randomUUID(), randomUUID(), randomUUID()];
    for (const person of [0, 0, 0, 1, 1, 2, 0]) await upload(people[person] ?? '');
    await claimed();
    const told = await createOutlookReader(db)();
    const places = [...told].flatMap(([id, { queuePosition }]) =>
      queuePosition ? [[queuePosition, id] as const] : [],
    );
    const expected = places.sort(([a], [b]) => a - b).map(([, id]) => id);
    const order = [];
    for (let job = await claimOne(); job; job = await claimOne()) order.push(job.extractionId);
    expect(order).toEqual(expected);
  });

  test('hands over what a worker needs, and dooms what it will write until it is complete', async () => {
    const { videoId } = await upload(randomUUID());
    const job = await claimed();
    expect(job).toMatchObject({
      videoId,
      attempt: 1,
      leaseSeconds: 30,
      source: { key: `sources/${videoId}`, size: 10 },
    });
    expect(await doomedKeys()).toEqual([job.archiveKey, job.previewKey]);
    await complete(db, completion(job), now);
    expect(await doomedKeys()).toEqual([]);
  });
});
