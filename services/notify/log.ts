import { Op } from 'sequelize';
import { z } from 'zod';
import { cutPage, readPlace } from '../../lib/page-cursor.ts';
import type { Notification, NotificationTry, NotifyDatabase } from './models.ts';
import { newestFirst, olderThan } from './newest-first.ts';

export const logSchema = z.strictObject({
  personId: z.uuid(),
  limit: z.int().min(1).max(100),
  cursor: z.string().max(200).optional(),
});

const DAY_MS = 24 * 3600 * 1000;
/** How long it is remembered what was told to whom. */
const REMEMBERED_MS = 365 * DAY_MS;
const BATCH = 1000;

/** What one person was told by mail and by webhooks: newest first, each with its attempts, oldest first. */
export async function readLog(
  { models, sequelize }: NotifyDatabase,
  { personId, limit, cursor }: z.output<typeof logSchema>,
): Promise<{ items: object[]; nextCursor: string | null }> {
  const before = readPlace(cursor);
  const found = await models.notification.findAll({
    where: { personId, ...(before && { [Op.and]: [olderThan(sequelize, before)] }) },
    order: newestFirst,
    limit: limit + 1,
    raw: true,
  });
  const { page, nextCursor } = cutPage(found, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  const tries = await models.notificationTry.findAll({
    where: { notificationId: page.map(({ id }) => id) },
    order: ['number'],
    raw: true,
  });
  return {
    items: page.map((one) =>
      show(
        one,
        tries.filter(({ notificationId }) => notificationId === one.id),
      ),
    ),
    nextCursor,
  };
}

function show(one: Notification, tries: NotificationTry[]) {
  const { id, kind, channel, status, createdAt, sentAt, lastError } = one;
  const isRefused = status === 'failed' && tries.at(-1)?.outcome === 'refused';
  return {
    ...{ id, kind, channel, status: isRefused ? 'refused' : status },
    createdAt: createdAt.toISOString(),
    sentAt: sentAt?.toISOString() ?? null,
    lastError,
    tries: tries.map(({ at, outcome, detail, durationMs }) => ({
      ...{ outcome, detail, durationMs },
      at: at.toISOString(),
    })),
  };
}

/** Forget what was told more than a year ago, a batch at a time, so that no sender waits for long. */
export async function forgetOld({ sequelize }: NotifyDatabase, now: Date): Promise<void> {
  const replacements = { before: new Date(now.getTime() - REMEMBERED_MS), batch: BATCH };
  for (;;) {
    const [gone] = await sequelize.query(
      `DELETE FROM notifications WHERE id IN (
         SELECT id FROM notifications WHERE created_at < :before AND status <> 'pending'
         ORDER BY created_at LIMIT :batch FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      { replacements },
    );
    if (gone.length < BATCH) return;
  }
}
