import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { markGone } from '../../lib/gone-people.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Mailer } from '../../lib/mail/mailer.ts';
import type { Notice } from '../../lib/notices.ts';
import { readInApp } from '../../services/notify/in-app.ts';
import { createMailLimits } from '../../services/notify/mail-limits.ts';
import { migrations } from '../../services/notify/migrations.ts';
import { defineModels, type Notification } from '../../services/notify/models.ts';
import { recordNotice, type Outcome } from '../../services/notify/notifications.ts';
import { changePreferences, unsubscribe } from '../../services/notify/preferences.ts';
import { forgetGonePeople } from '../../services/notify/removal.ts';
import { sendDue } from '../../services/notify/sender.ts';
import { claimDelivery, putOff, type Claimed } from '../../services/notify/webhooks/claim.ts';
import { forgetDeliveries, replayDelivery, testWebhook } from '../../services/notify/webhooks/deliveries.ts';
import * as endpoints from '../../services/notify/webhooks/endpoints.ts';
import { createGuard } from '../../services/notify/webhooks/guard.ts';
import { renewWebhookSecrets } from '../../services/notify/webhooks/renewal.ts';
import { createSafe } from '../../services/notify/webhooks/secrets.ts';
import { settleDelivery } from '../../services/notify/webhooks/settle.ts';
import { createTestDatabase } from '../support/database.ts';
import { tablesWith } from '../support/person-rows.ts';
import { pickOf } from './world.ts';

/** Everything that can happen to what people are told. */

const now = new Date('2026-01-01T12:00:00Z');
const muchLater = new Date('2026-03-01T12:00:00Z');
/** As many as there may be, but for one. */
const WEBHOOKS = 9;
const url = 'https://192.0.2.1/hook';

/** The service `notify` on a database of its own; its secrets are about to be sealed with a new key. */
export async function openNotices() {
  const sequelize = await createTestDatabase(migrations);
  const key = randomBytes(32);
  return {
    sequelize,
    db: { sequelize, models: defineModels(sequelize) },
    guard: createGuard({ networks: ['192.0.2.0/24'], allowHttp: false, resolve: () => Promise.resolve([]) }),
    safe: createSafe(key),
    renewed: createSafe(randomBytes(32), key),
  };
}
type Notices = Awaited<ReturnType<typeof openNotices>>;

/** A person with webhooks, and what has come of what they were told. */
export interface Reader {
  personId: string;
  isGone: boolean;
  hooks: string[];
  /** What happens once, however often it is told. */
  notices: Notice[];
  claims: Claimed[];
  /** Ids of the mails that went out. */
  mails: string[];
}

export async function addReader(notices: Notices): Promise<Reader> {
  const { db } = notices;
  for (const table of ['webhooks', 'notifications', 'preferences', 'gone_people'])
    await db.sequelize.query(`DELETE FROM ${table}`);
  const personId = randomUUID();
  const video = { videoId: randomUUID(), extractionId: randomUUID(), filename: 'clip.mp4' };
  const reader: Reader = {
    ...{ personId, isGone: false, hooks: [], claims: [], mails: [] },
    notices: [
      { eventId: randomUUID(), personId, kind: 'video.failed', data: { ...video, code: 'not_a_video' } },
      {
        eventId: randomUUID(),
        personId,
        kind: 'security.new_login',
        data: { at: now.toISOString(), address: null, userAgent: null, name: null },
      },
    ],
  };
  for (let count = 0; count < 2; count += 1) await noticeOperations.hook(notices, reader);
  await noticeOperations.tell(notices, reader, 0);
  await noticeOperations.deliver(notices, reader, 0);
  return reader;
}

/** Makes the person have nearly as many webhooks as they may. */
export async function addWebhooks(notices: Notices, reader: Reader): Promise<void> {
  while (reader.hooks.length < WEBHOOKS) await noticeOperations.hook(notices, reader);
}

type Act = (notices: Notices, reader: Reader, pick: number) => Promise<unknown>;

const onHook =
  (act: (notices: Notices, own: endpoints.OwnWebhook, pick: number) => Promise<unknown>): Act =>
  async (notices, { personId, hooks }, pick) => {
    const id = pickOf(hooks, pick);
    if (id !== undefined) await act(notices, { personId, id }, pick);
  };

const outcomes: Outcome[] = [
  { kind: 'sent', recipient: url, statusCode: 200 },
  { kind: 'failed', reason: 'busy', statusCode: 503 },
  { kind: 'failed', reason: 'gone', statusCode: 410 },
];

/** Takes every mail, once. */
const mailerOf = ({ mails }: Reader): Mailer => ({
  send: ({ id }) => {
    mails.push(id);
    return Promise.resolve();
  },
  ping: () => Promise.resolve(),
  close: () => undefined,
});

const nobody = () => Promise.reject(new Error('Nobody is asked for this'));

const hookOperations = {
  hook: async (notices, reader) => {
    const wish = { personId: reader.personId, url, kinds: ['video.failed', 'security.webhook_disabled'] };
    const { id } = await endpoints.createWebhook(notices, wish as never, now, randomUUID());
    reader.hooks.push(id);
  },
  switch: onHook((notices, own, pick) =>
    endpoints.changeWebhook(notices, { ...own, enabled: pick % 2 === 0 }, now, randomUUID()),
  ),
  rotate: onHook((notices, own) => endpoints.rotateSecret(notices, own, now, randomUUID())),
  renewSecrets: async ({ db, renewed }) => renewWebhookSecrets(db, renewed),
  drop: onHook(({ db }, own) => endpoints.removeWebhook(db, own, now, randomUUID())),
  test: onHook(({ db }, own) => testWebhook(db, own, now, randomUUID())),
  replay: onHook(async ({ db }, own) => {
    const delivery = await db.models.notification.findOne({ where: { endpointId: own.id } });
    if (delivery) await replayDelivery(db, { ...own, deliveryId: delivery.id }, now, randomUUID());
  }),
  deliver: async ({ db }, { claims }, pick) => {
    const claimed = await claimDelivery(db, { failingToo: true }, now);
    if (!claimed) return;
    claims.push(claimed);
    const outcome = outcomes[pick % 3] ?? { kind: 'failed', reason: '' };
    await settleDelivery(db, claimed, { outcome, retryAfterMs: null }, now, now);
  },
  putOff: async ({ db }, { claims }) => {
    const claimed = await claimDelivery(db, { failingToo: true }, now);
    if (!claimed) return;
    claims.push(claimed);
    await putOff(db, claimed, new Date(now.getTime() + 1000));
  },
  forgetDeliveries: ({ db }) => forgetDeliveries(db, muchLater),
} satisfies Record<string, Act>;

export const noticeOperations = {
  ...hookOperations,
  tell: async ({ db }, { notices }, pick) => {
    const notice = notices[pick % 2];
    if (notice) await recordNotice(db, notice, now);
  },
  mail: async ({ db, sequelize }, reader) => {
    const needs = {
      ...{
        db,
        mailer: mailerOf(reader),
        limits: createMailLimits(sequelize, 100),
        publicUrl: 'https://frames.example',
      },
      ...{
        letterToken: nobody,
        createLink: nobody,
        thumbnail: nobody,
        logger: silentLogger,
        clock: () => now,
      },
      unsubscribeToken: () => Promise.resolve('a token'),
      person: () =>
        Promise.resolve({ email: 'ana@example.com', name: null, locale: 'en', emailVerified: true } as const),
    };
    await sendDue(needs, new AbortController().signal);
  },
  unsubscribe: ({ db }, { personId }) => unsubscribe(db, { personId, kind: 'video.failed' }),
  prefer: ({ db }, { personId }, pick) =>
    changePreferences(db, {
      personId,
      items: [{ kind: 'video.failed', email: pick % 2 === 0, inapp: true }],
    }),
  read: ({ db }, { personId }) => readInApp(db, { personId, upTo: null }, now),
  leave: async ({ db, sequelize }, reader) => {
    reader.isGone = true;
    await markGone(sequelize, reader.personId, now);
    await forgetGonePeople(db, now);
  },
} satisfies Record<string, Act>;

export type NoticeOperation = keyof typeof noticeOperations;
export const NOTICE_PROBLEMS = ['not_found', 'invalid_state', 'too_many_webhooks', 'too_many_requests'];

const TWICE = `SELECT event_id FROM notifications WHERE channel <> 'webhook' GROUP BY event_id, channel HAVING count(*) > 1`;

/** Nobody is told twice, or of nobody's business; nothing stays of who is gone. */
export async function checkReader(notices: Notices, reader: Reader): Promise<void> {
  const { db, sequelize } = notices;
  const { personId, mails, claims } = reader;
  expect(await sequelize.query(TWICE, { type: QueryTypes.SELECT })).toEqual([]);
  expect(new Set(mails).size).toBe(mails.length);
  expect(
    new Set(claims.map(({ id, attempts }: Pick<Notification, 'id' | 'attempts'>) => `${id} ${attempts}`))
      .size,
  ).toBe(claims.length);
  expect(await db.models.webhook.count({ where: { personId } })).toBeLessThanOrEqual(10);
  for (const { id, secret } of await db.models.webhook.findAll({ where: { personId } }))
    expect(notices.renewed.open(secret, id)).toHaveLength(24);
  if (!reader.isGone) return;
  await forgetGonePeople(db, now);
  expect(await tablesWith(sequelize, personId)).toEqual([]);
}
