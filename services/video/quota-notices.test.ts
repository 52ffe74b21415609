import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { migrations } from './migrations.ts';
import { defineModels, type VideoDatabase } from './models.ts';
import { tellOfQuotas } from './quota-notices.ts';

const today = new Date('2026-01-01T12:00:00.000Z');
const tomorrow = new Date('2026-01-02T12:00:00.000Z');
const limits = { storedBytes: 1000, videosPerDay: 10, concurrentUploads: 5, fileBytes: 1000 };

describe('being told of a quota', () => {
  let db: VideoDatabase;
  beforeAll(async () => {
    const sequelize = await createTestDatabase(migrations);
    db = { sequelize, models: defineModels(sequelize) };
  });
  afterAll(() => db.sequelize.close());

  const store = async (personId: string, size: number) => {
    const id = randomUUID();
    await db.models.upload.create({
      ...{
        id,
        personId,
        kind: 'resumable',
        objectKey: `uploads/${id}`,
        size,
        createdAt: today,
        leaseUntil: null,
      },
      expiresAt: new Date('2027-01-01T00:00:00.000Z'),
    });
    return () => db.models.upload.destroy({ where: { id } });
  };
  const makeVideos = (personId: string, day: Date, videos: number) =>
    db.sequelize.query(
      `INSERT INTO daily_videos (person_id, day, videos) VALUES (:personId, :day, :videos)
       ON CONFLICT (person_id, day) DO UPDATE SET videos = EXCLUDED.videos`,
      { replacements: { personId, day: day.toISOString().slice(0, 10), videos } },
    );
  const check = (personId: string, now = today) =>
    db.sequelize.transaction((transaction) =>
      tellOfQuotas(db, personId, { quotas: limits, now, transaction }),
    );
  const told = async (personId: string) => {
    const [rows] = await db.sequelize.query(
      `SELECT params FROM durable_calls WHERE action = 'notify.tell' AND params->>'personId' = :personId
       ORDER BY created_at`,
      { replacements: { personId } },
    );
    return (rows as { params: { data: object } }[]).map(({ params }) => params.data);
  };

  test('a storage that fills up is told once, and again only after there was room', async () => {
    const personId = randomUUID();
    await store(personId, 700);
    await check(personId);
    expect(await told(personId)).toEqual([]);
    const free = await store(personId, 200);
    await check(personId);
    await check(personId);
    expect(await told(personId)).toEqual([{ name: 'storedBytes', used: 900, limit: 1000 }]);
    await free();
    const freeLess = await store(personId, 150);
    await check(personId);
    await freeLess();
    await store(personId, 240);
    await check(personId);
    expect(await told(personId)).toHaveLength(1);
  });

  test('room and then none is told again', async () => {
    const personId = randomUUID();
    const free = await store(personId, 950);
    await check(personId);
    await free();
    await check(personId);
    await store(personId, 990);
    await check(personId);
    expect(await told(personId)).toHaveLength(2);
  });

  test('the day’s videos are told once a day', async () => {
    const personId = randomUUID();
    await makeVideos(personId, today, 8);
    await check(personId);
    for (const videos of [9, 10]) {
      await makeVideos(personId, today, videos);
      await check(personId);
    }
    expect(await told(personId)).toEqual([{ name: 'videosPerDay', used: 9, limit: 10 }]);
    await makeVideos(personId, tomorrow, 9);
    await check(personId, tomorrow);
    expect(await told(personId)).toHaveLength(2);
  });

  test('videos that are made at once tell once', async () => {
    const personId = randomUUID();
    await store(personId, 950);
    await Promise.all(Array.from({ length: 5 }, () => check(personId)));
    expect(await told(personId)).toHaveLength(1);
  });
});
