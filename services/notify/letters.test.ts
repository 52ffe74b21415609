import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { ProblemError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openMailer } from '../../lib/mail/index.ts';
import type { Mailer } from '../../lib/mail/mailer.ts';
import type { Notice } from '../../lib/notices.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { startTestServer, type Rules, type TestServer } from '../../test/support/smtp-server.ts';
import { forgetOld, readLog } from './log.ts';
import { migrations } from './migrations.ts';
import { defineModels, type NotifyDatabase } from './models.ts';
import { recordNotice } from './notifications.ts';
import { unsubscribe } from './preferences.ts';
import { sendDue, type SenderNeeds } from './sender.ts';
import { findSuppression, liftSuppression, suppress } from './suppressions.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const running = new AbortController().signal;
const email = 'Ana@example.com';
const welcome = () => Promise.resolve();

/** What a sending adds to a letter, and what keeps it from being sent. */
describe('letters on their way', () => {
  let db: NotifyDatabase;
  let server: TestServer;
  let mailer: Mailer;
  let now: Date;
  const rules: Rules = {};
  beforeAll(async () => {
    const sequelize = await createTestDatabase(migrations);
    db = { sequelize, models: defineModels(sequelize) };
    server = await startTestServer(rules);
    mailer = openMailer({ url: server.url, from: 'Frames <frames@example.com>' });
  });
  afterAll(async () => {
    mailer.close();
    await server.stop();
    await db.sequelize.close();
  });
  beforeEach(async () => {
    now = start;
    server.received.splice(0);
    rules[email] = welcome;
    await db.models.notification.truncate({ cascade: true });
    await db.models.suppression.truncate();
  });

  const send = async (more: Partial<SenderNeeds> = {}) => {
    const needs: SenderNeeds = {
      ...{ db, mailer, publicUrl: 'https://frames.example.com', logger: silentLogger },
      person: () => Promise.resolve({ email, name: 'Ana', locale: 'en' as const, emailVerified: true }),
      limits: { allows: () => Promise.resolve(true) },
      letterToken: () => Promise.resolve({ token: 'the-token', expiresAt: '2026-01-02T12:00:00.000Z' }),
      createLink: () => Promise.reject(new ProblemError('not_found')),
      thumbnail: () => Promise.resolve(null),
      unsubscribeToken: ({ kind }) => Promise.resolve(`token-for-${kind}`),
      clock: () => now,
      ...more,
    };
    await sendDue(needs, running);
    return server.received.map(({ mail }) => mail);
  };
  const tell = async (kind: Notice['kind'], data: object, more: Partial<Notice> = {}) => {
    const personId = randomUUID();
    const notice = { eventId: randomUUID(), personId, kind, data: data as Notice['data'], ...more };
    await recordNotice(db, notice, now);
    return personId;
  };
  const ready = { videoId: randomUUID(), extractionId: randomUUID(), filename: 'a.mp4' };
  const processed = { ...ready, frameCount: 3, archiveSize: 1000, warnings: [] };
  const proof = { tokenId: randomUUID() };
  const outcomeFor = async (personId: string) => {
    const { items } = await readLog(db, { personId, limit: 10 });
    return (items as { channel: string }[]).find(({ channel }) => channel === 'email');
  };

  test('carries the first frame within the mail', async () => {
    const create = { width: 160, height: 90, channels: 3 as const, background: '#7aa' };
    const image = await sharp({ create }).jpeg().toBuffer();
    const createLink = () =>
      Promise.resolve({ id: '', extraction: '', createdAt: '', expiresAt: '2026-01-02T12:00:00.000Z' });
    await tell('video.processed', processed);
    const thumbnail = () => Promise.resolve({ image, width: 160, height: 90 });
    const [mail] = await send({ createLink, thumbnail });
    const [file] = mail?.attachments ?? [];
    expect(file).toMatchObject({ contentType: 'image/jpeg', related: true, contentDisposition: 'inline' });
    expect(file?.content.equals(image)).toBe(true);
    expect(mail?.text).toMatch(/https:\/\/frames\.example\.com\/links\/[\w-]{43}\n/);
  });

  test('waits for a service that is away, but not for ever', async () => {
    await tell('video.processed', processed);
    const createLink = () => Promise.reject(new ProblemError('unavailable'));
    for (const seconds of [0, 60, 120]) {
      now = new Date(start.getTime() + seconds * 1000);
      expect(await send({ createLink })).toEqual([]);
    }
    now = new Date(start.getTime() + 3600_000);
    const [mail] = await send({ createLink });
    expect(mail?.text).not.toContain('/links/');
    expect(mail?.text).toContain(`/#/video/${ready.videoId}`);
  });

  test('can be switched off where that is possible, and says so to mail programs', async () => {
    await tell('video.failed', { ...ready, code: 'not_a_video' });
    await tell('security.new_login', { at: start.toISOString() });
    const mails = await send();
    const failed = mails.find(({ subject }) => subject?.startsWith('No frames'));
    const raw = (name: string) => failed?.headerLines.find(({ key }) => key === name)?.line;
    expect(raw('list-unsubscribe')).toMatch(
      /<https:\/\/frames\.example\.com\/unsubscribe\/token-for-video\.failed>/,
    );
    expect(raw('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    const login = mails.find(({ subject }) => subject?.includes('login'));
    expect(login?.headers.has('list')).toBe(false);
  });

  test('one that waits is not sent when its kind is switched off meanwhile', async () => {
    const personId = await tell('video.processed', processed);
    expect(await unsubscribe(db, { personId, kind: 'video.processed' })).toBe(true);
    expect(await unsubscribe(db, { personId, kind: 'security.new_login' })).toBe(false);
    expect(await send()).toEqual([]);
  });

  test('asks for its token when it is sent; one that is pointless by then is dropped', async () => {
    await tell('account.verify', proof);
    const [mail] = await send();
    expect(mail?.text).toContain('https://frames.example.com/#/verify/the-token\n');
    const personId = await tell('account.reset', proof);
    const letterToken = () => Promise.reject(new ProblemError('expired'));
    expect(await send({ letterToken })).toHaveLength(1);
    expect(await outcomeFor(personId)).toMatchObject({
      status: 'refused',
      lastError: 'Its link has expired',
      tries: [{ outcome: 'refused' }],
    });
  });

  test('the last letter goes to a person who is gone, in their language', async () => {
    await tell('account.deleted', {}, { to: 'joao@example.com', locale: 'pt-BR' });
    const person = () => Promise.reject(new ProblemError('not_found'));
    const [mail] = await send({ person });
    expect(mail?.subject).toBe('Sua conta foi excluída');
    expect(server.received[0]?.recipients).toEqual(['joao@example.com']);
  });

  test('a mailbox that refuses gets nothing more until that is lifted, but a new password', async () => {
    rules[email] = 550;
    await tell('video.processed', processed);
    await send();
    expect(await findSuppression(db, email)).toEqual({
      address: email,
      suppressed: { reason: 'refused', at: start.toISOString() },
    });
    rules[email] = welcome;
    const suppressed = await tell('video.processed', processed);
    await tell('account.verify', proof);
    expect(await send()).toEqual([]);
    expect(await outcomeFor(suppressed)).toMatchObject({ status: 'refused' });
    await tell('account.reset', proof);
    expect(await send()).toHaveLength(1);
    await liftSuppression(db, email);
    await tell('video.processed', processed);
    expect(await send()).toHaveLength(2);
  });

  test('whoever called a mail spam gets no other of any kind', async () => {
    await suppress(db, { address: email, reason: 'complaint' }, now);
    await tell('account.reset', proof);
    expect(await send()).toEqual([]);
  });

  test('what was told more than a year ago is forgotten, with its attempts', async () => {
    const personId = await tell('video.processed', processed);
    await send();
    await tell('video.processed', processed);
    const nextYear = new Date(start.getTime() + 366 * 24 * 3600_000);
    await forgetOld(db, nextYear);
    expect((await readLog(db, { personId, limit: 10 })).items).toEqual([]);
    expect(await db.models.notificationTry.count()).toBe(0);
    // What still waits is not old.
    expect(await db.models.notification.count({ where: { status: 'pending' } })).toBe(1);
  });

  test('the log is read page by page', async () => {
    const personId = await tell('video.processed', processed);
    await send();
    const first = await readLog(db, { personId, limit: 1 });
    expect(first.items).toHaveLength(1);
    const second = await readLog(db, { personId, limit: 1, cursor: String(first.nextCursor) });
    expect(second).toMatchObject({ items: [{ kind: 'video.processed' }], nextCursor: null });
    expect(second.items).not.toEqual(first.items);
    await expect(readLog(db, { personId, limit: 1, cursor: 'x' })).rejects.toMatchObject({
      type: 'validation_failed',
    });
  });
});
