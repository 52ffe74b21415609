import { Op } from 'sequelize';
import { z } from 'zod';
import { cutPage, readPlace } from '../../../lib/page-cursor.ts';
import type { DeliveryJson, DeliveryTryJson } from '../../../lib/webhooks.ts';
import type { Notification, NotificationTry, NotifyDatabase } from '../models.ts';
import { newestFirst, olderThan } from '../newest-first.ts';
import { statusSentence } from './deliver.ts';
import { findOwn, ownWebhook } from './endpoints.ts';

export const listDeliveriesSchema = ownWebhook.extend({
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

/** One page of the log, newest first; `nextCursor` is null on the last one. */
interface DeliveryPage {
  items: DeliveryJson[];
  nextCursor: string | null;
}

/**
 * What was, and is to be, delivered to a webhook, with every attempt.
 * @throws ProblemError `not_found`; `validation_failed` for a cursor that was not ours
 */
export async function listDeliveries(
  db: NotifyDatabase,
  { limit, cursor, ...own }: z.output<typeof listDeliveriesSchema>,
): Promise<DeliveryPage> {
  const endpoint = await db.sequelize.transaction((transaction) => findOwn(db, own, transaction));
  const before = readPlace(cursor);
  const rows = await db.models.notification.findAll({
    where: { endpointId: endpoint.id, ...(before && { [Op.and]: [olderThan(db.sequelize, before)] }) },
    order: newestFirst,
    limit: limit + 1,
  });
  const { page, nextCursor } = cutPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  const tries = await db.models.notificationTry.findAll({
    where: { notificationId: page.map(({ id }) => id) },
    order: ['number'],
  });
  return {
    items: page.map((row) =>
      show(
        row,
        tries.filter(({ notificationId }) => notificationId === row.id),
      ),
    ),
    nextCursor,
  };
}

type Status = 'pending' | 'sent' | 'failed';
const shownStatus = { pending: 'pending', sent: 'delivered', failed: 'failed' } as const satisfies Record<
  Status,
  DeliveryJson['status']
>;

const show = (row: Notification, tries: NotificationTry[]): DeliveryJson => ({
  id: row.id,
  eventId: row.eventId,
  kind: row.kind,
  status: shownStatus[row.status as Status],
  createdAt: row.createdAt.toISOString(),
  deliveredAt: row.sentAt?.toISOString() ?? null,
  nextAttemptAt: row.status === 'pending' ? row.nextAttemptAt.toISOString() : null,
  tries: tries.map(showTry),
});

/** With a status, the detail is what the endpoint said; without one, why it could not be asked. */
function showTry({ at, statusCode, detail, outcome, durationMs }: NotificationTry): DeliveryTryJson {
  const answered = statusCode !== null;
  const error = answered ? statusSentence(statusCode) : detail;
  return {
    at: at.toISOString(),
    statusCode,
    response: answered ? detail : null,
    error: outcome === 'sent' ? null : error,
    durationMs,
  };
}
