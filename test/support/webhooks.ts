import { randomBytes, randomUUID } from 'node:crypto';
import { createDatabase, migrate } from '../../lib/database.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Loop } from '../../lib/loop.ts';
import type { WebhookKind } from '../../lib/webhooks.ts';
import { migrations } from '../../services/notify/migrations.ts';
import { defineModels, type NotifyDatabase } from '../../services/notify/models.ts';
import { noticeOf, recordNotice } from '../../services/notify/notifications.ts';
import type { DeliveryNeeds } from '../../services/notify/webhooks/deliver.ts';
import { startDeliveries } from '../../services/notify/webhooks/dispatcher.ts';
import { createWebhook } from '../../services/notify/webhooks/endpoints.ts';
import { createGuard } from '../../services/notify/webhooks/guard.ts';
import { createSafe } from '../../services/notify/webhooks/secrets.ts';
import { emptyDatabaseUrl } from './database.ts';

export const start = new Date('2026-01-01T12:00:00.000Z');

/** Replicas of the part that delivers webhooks, on one database and one clock. */
export async function openWebhookBench() {
  const url = await emptyDatabaseUrl();
  const safe = createSafe(randomBytes(32));
  const guard = createGuard({
    networks: ['127.0.0.0/8'],
    allowHttp: true,
    resolve: () => Promise.resolve([]),
  });
  const open: NotifyDatabase[] = [];
  const connect = () => {
    const sequelize = createDatabase(url);
    const db = { sequelize, models: defineModels(sequelize) };
    open.push(db);
    return db;
  };
  const db = connect();
  await migrate(db.sequelize, migrations, silentLogger);
  const time = { now: start };
  const loops: Loop[] = [];

  const needs = (more: Partial<DeliveryNeeds> = {}): DeliveryNeeds => ({
    db,
    guard,
    safe,
    publicUrl: 'https://frames.example.com',
    logger: silentLogger,
    timeoutMs: 400,
    clock: () => time.now,
    ...more,
  });
  return {
    db,
    guard,
    safe,
    time,
    needs,
    /** A replica with a connection pool of its own, at work. */
    replica: (more: Partial<DeliveryNeeds> = {}) => {
      const loop = startDeliveries(needs({ db: connect(), ...more }));
      loops.push(loop);
      return loop;
    },
    /** A later time, at which all replicas look. */
    pass: (ms: number) => {
      time.now = new Date(time.now.getTime() + ms);
      loops.forEach((loop) => loop.kick());
    },
    endpoint: (
      personId: string,
      target: string,
      kinds: WebhookKind[] = ['video.processed', 'video.failed'],
    ) => createWebhook({ db, guard, safe }, { personId, url: target, kinds }, time.now, randomUUID()),
    /** Something has happened to a person's video. */
    tell: async (personId: string, id: string = randomUUID()) => {
      const ids = { id, videoId: randomUUID(), extractionId: randomUUID(), personId };
      const outcome = { filename: 'férias.mp4', frameCount: 3, archiveSize: 1000, warnings: [] };
      await recordNotice(db, noticeOf('video.processed', { ...ids, ...outcome }), time.now);
      return ids;
    },
    deliveries: (endpointId: string) =>
      db.models.notification.findAll({ where: { endpointId }, order: ['createdAt', 'id'], raw: true }),
    webhook: (id: string) => db.models.webhook.findByPk(id, { rejectOnEmpty: true, raw: true }),
    stopReplicas: async () => {
      await Promise.all(loops.splice(0).map((loop) => loop.stop()));
    },
    close: async () => {
      await Promise.all(loops.splice(0).map((loop) => loop.stop()));
      await Promise.all(open.map(({ sequelize }) => sequelize.close()));
    },
  };
}
