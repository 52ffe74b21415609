import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/database.ts';
import { migrations } from './migrations.ts';
import { defineModels, type NotifyDatabase } from './models.ts';
import {
  claimDue,
  noticeOf,
  recordNotice,
  recordRequest,
  renewLease,
  settleAttempt,
} from './notifications.ts';
import { pauseAfter } from './retry.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const later = (ms: number) => new Date(start.getTime() + ms);
const LEASE = 30_000;

describe('notifications', () => {
  let db: NotifyDatabase;
  beforeAll(async () => {
    const sequelize = await createTestDatabase(migrations);
    db = { sequelize, models: defineModels(sequelize) };
  });
  afterAll(() => db.sequelize.close());
  beforeEach(() => db.models.notification.truncate({ cascade: true }));

  const event = () => ({
    id: randomUUID(),
    videoId: randomUUID(),
    extractionId: randomUUID(),
    personId: randomUUID(),
    filename: 'a.mp4',
    code: 'not_a_video',
  });
  const request = {
    to: 'ana@example.com',
    template: 'message',
    data: { subject: 'Hi', text: 'Hi' },
  } as const;
  const claim = async (now = start) => {
    const claimed = await claimDue(db, 'email', LEASE, now);
    if (!claimed) throw new Error('Nothing was due');
    return claimed;
  };
  const only = () =>
    db.models.notification.findOne({ where: { channel: 'email' }, rejectOnEmpty: true, raw: true });

  test('one event delivered ten times at once is recorded once', async () => {
    const message = event();
    await Promise.all(
      Array.from({ length: 10 }, () => recordNotice(db, noticeOf('video.failed', message), start)),
    );
    expect(await db.models.notification.count()).toBe(2);
    expect(await db.models.notification.findAll({ where: { channel: 'email' }, raw: true })).toEqual([
      {
        id: expect.any(String),
        eventId: message.id,
        trace: null,
        channel: 'email',
        endpointId: null,
        personId: message.personId,
        recipient: null,
        kind: 'video.failed',
        payload: {
          videoId: message.videoId,
          extractionId: message.extractionId,
          filename: 'a.mp4',
          code: 'not_a_video',
        },
        status: 'pending',
        attempts: 0,
        nextAttemptAt: start,
        lastError: null,
        createdAt: start,
        sentAt: null,
        readAt: null,
      },
    ]);
  });

  test('an event that comes again after it was told changes nothing', async () => {
    const message = event();
    await recordNotice(db, noticeOf('video.failed', message), start);
    await settleAttempt(db, await claim(), { kind: 'sent', recipient: 'ana@example.com' }, start);
    await recordNotice(db, noticeOf('video.failed', message), later(1000));
    expect(await only()).toMatchObject({ status: 'sent', sentAt: start });
    expect(await claimDue(db, 'email', LEASE, later(86_400_000))).toBeNull();
  });

  test('text that PostgreSQL can’t keep is recorded without what it can’t', async () => {
    await recordNotice(db, noticeOf('video.failed', { ...event(), filename: 'a\0\ud800.mp4' }), start);
    expect((await only()).payload).toMatchObject({ filename: 'a\ufffd.mp4' });
  });

  test('are recorded once when their request is delivered again', async () => {
    const requestId = randomUUID();
    const id = await recordRequest(db, request, start, requestId);
    expect(await recordRequest(db, request, start, requestId)).toBe(id);
    expect(await db.models.notification.count()).toBe(1);
  });

  test('every request is a notification of its own', async () => {
    const ids = [await recordRequest(db, request, start), await recordRequest(db, request, start)];
    const rows = await db.models.notification.findAll({ raw: true });
    expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(rows[0]).toMatchObject({ recipient: 'ana@example.com', personId: null, payload: request.data });
  });

  test('twenty that claim at once get twenty different notifications, then nothing', async () => {
    await Promise.all(Array.from({ length: 20 }, () => recordRequest(db, request, start)));
    const claimed = new Set<string | undefined>();
    while (claimed.size < 20) {
      const got = await Promise.all(Array.from({ length: 7 }, () => claimDue(db, 'email', LEASE, start)));
      const ids = got.filter((row) => row !== null).map(({ id }) => id);
      expect(ids.filter((id) => claimed.has(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      ids.forEach((id) => claimed.add(id));
    }
    expect(await claimDue(db, 'email', LEASE, start)).toBeNull();
  });

  test('a claim counts the attempt and holds until its lease runs out', async () => {
    await recordRequest(db, request, start);
    expect(await claimDue(db, 'email', LEASE, later(-1))).toBeNull();
    expect((await claim()).attempts).toBe(1);
    expect(await claimDue(db, 'email', LEASE, later(LEASE - 1))).toBeNull();
    expect((await claim(later(LEASE))).attempts).toBe(2);
  });

  test('a renewed lease holds longer; a lost one can’t be renewed', async () => {
    await recordRequest(db, request, start);
    const first = await claim();
    await renewLease(db, first, LEASE, later(20_000));
    expect(await claimDue(db, 'email', LEASE, later(LEASE))).toBeNull();
    await claim(later(50_000));
    await renewLease(db, first, LEASE, later(70_000));
    expect(await claimDue(db, 'email', LEASE, later(80_000))).not.toBeNull();
  });

  test('a failed attempt is followed by the next one after the pause, until it is given up', async () => {
    await recordRequest(db, request, start);
    let now = start;
    for (let attempt = 1, pause = pauseAfter(1); pause !== null; attempt += 1, pause = pauseAfter(attempt)) {
      expect(await settleAttempt(db, await claim(now), { kind: 'failed', reason: 'busy' }, now)).toBe(true);
      const due = new Date(now.getTime() + pause);
      expect(await only()).toMatchObject({ status: 'pending', nextAttemptAt: due, lastError: 'busy' });
      now = due;
    }
    expect(await settleAttempt(db, await claim(now), { kind: 'failed', reason: 'full\0' }, now)).toBe(false);
    expect(await only()).toMatchObject({ status: 'failed', attempts: 10, lastError: 'full', sentAt: null });
  });

  test('a refusal is given up at once', async () => {
    await recordRequest(db, request, start);
    expect(await settleAttempt(db, await claim(), { kind: 'refused', reason: 'no' }, start)).toBe(false);
    expect(await only()).toMatchObject({ status: 'failed', lastError: 'no' });
  });

  test('the failure of a sender that lost its lease says nothing; its success does', async () => {
    await recordRequest(db, request, start);
    const first = await claim();
    await claim(later(LEASE));
    await settleAttempt(db, first, { kind: 'refused', reason: 'no' }, later(LEASE));
    expect(await only()).toMatchObject({ status: 'pending', attempts: 2, lastError: null });
    await settleAttempt(db, first, { kind: 'sent', recipient: 'ana@example.com' }, later(LEASE));
    expect(await only()).toMatchObject({ status: 'sent' });
  });
});
