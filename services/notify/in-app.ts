import { Op, QueryTypes } from 'sequelize';
import { z } from 'zod';
import type { NotificationJson } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { badCursor } from '../../lib/page-cursor.ts';
import type { Notification, NotifyDatabase } from './models.ts';
import { newestFirst, olderThan } from './newest-first.ts';

/** What a person is told in the app. */

const KEPT_MS = 90 * 24 * 3_600_000;
/** Whoever has more than this unread is not told how many exactly. */
const COUNTED = 100;

export const listInAppSchema = z.strictObject({
  personId: z.uuid(),
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(100).optional(),
});
export const manyInAppSchema = z.strictObject({
  wanted: z.array(z.strictObject({ personId: z.uuid(), id: z.uuid() })).max(500),
});
export const readInAppSchema = z.strictObject({ personId: z.uuid(), upTo: z.uuid().nullable() });

export interface InAppPage {
  items: NotificationJson[];
  nextCursor: string | null;
  /** How many of all are unread, at most 100. */
  unread: number;
}

/**
 * One page of a person's notifications, newest first.
 * @throws ProblemError `validation_failed` for a cursor that was not ours
 */
export async function listInApp(
  db: NotifyDatabase,
  { personId, limit, cursor }: z.output<typeof listInAppSchema>,
): Promise<InAppPage> {
  if (cursor !== undefined && !z.uuid().safeParse(cursor).success) throw badCursor();
  const [rows, unread] = await Promise.all([
    db.models.notification.findAll({
      where: {
        channel: 'inapp',
        personId,
        ...(cursor === undefined ? {} : { [Op.and]: [await olderThanLast(db, personId, cursor)] }),
      },
      order: newestFirst,
      limit: limit + 1,
    }),
    countUnread(db, personId),
  ]);
  const items = rows.slice(0, limit).map(show);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null, unread };
}

/** The cursor is the last one's id; when that one is gone, so is all that is older. */
async function olderThanLast({ models, sequelize }: NotifyDatabase, personId: string, id: string) {
  const last = await models.notification.findOne({ where: { id, personId, channel: 'inapp' } });
  return olderThan(sequelize, { at: last?.createdAt ?? new Date(0), id });
}

async function countUnread({ sequelize }: NotifyDatabase, personId: string): Promise<number> {
  const [row] = await sequelize.query<{ n: string }>(
    `SELECT count(*) AS n FROM (
       SELECT FROM notifications WHERE channel = 'inapp' AND read_at IS NULL AND person_id = :personId
       LIMIT ${COUNTED}
     ) unread`,
    { replacements: { personId }, type: QueryTypes.SELECT },
  );
  return Number(row?.n ?? 0);
}

/** @returns those that are there; what is gone, or is another person's, is missing */
export async function showManyInApp(
  { models }: NotifyDatabase,
  { wanted }: z.output<typeof manyInAppSchema>,
): Promise<{ items: NotificationJson[] }> {
  const owners = new Map(wanted.map(({ id, personId }) => [id, personId]));
  const found = await models.notification.findAll({ where: { id: [...owners.keys()], channel: 'inapp' } });
  return { items: found.filter(({ id, personId }) => owners.get(id) === personId).map(show) };
}

/**
 * A person has seen a notification and all older ones.
 * @param read `upTo` null: all there are
 * @throws ProblemError `not_found`
 */
export async function readInApp(
  db: NotifyDatabase,
  { personId, upTo }: z.output<typeof readInAppSchema>,
  now: Date,
): Promise<void> {
  const where = { channel: 'inapp' as const, personId };
  const last = upTo === null ? null : await db.models.notification.findOne({ where: { ...where, id: upTo } });
  if (upTo !== null && !last) throw new ProblemError('not_found');
  const older = last ? { createdAt: { [Op.lte]: last.createdAt } } : {};
  await db.models.notification.update({ readAt: now }, { where: { ...where, ...older, readAt: null } });
}

/** Forget what is old, read or not. */
export async function forgetInApp({ models }: NotifyDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_MS);
  await models.notification.destroy({ where: { channel: 'inapp', createdAt: { [Op.lt]: before } } });
}

function show({ id, kind, payload, createdAt, readAt }: Notification): NotificationJson {
  const data = Object.fromEntries(Object.entries(payload).filter(([name]) => name !== 'locale'));
  return { id, kind, data, createdAt: createdAt.toISOString(), readAt: readAt?.toISOString() ?? null };
}
