import { QueryTypes } from 'sequelize';
import type { NotificationCounts } from '../../lib/administration/replies.ts';
import type { NotifyDatabase } from './models.ts';

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** How much mail, and how many webhooks, are on their way, or were given up in the last week. */
export async function countNotifications(
  { sequelize }: Pick<NotifyDatabase, 'sequelize'>,
  now: Date,
): Promise<NotificationCounts> {
  const rows = await sequelize.query<{ channel: string; status: string; count: string }>(
    `SELECT channel, status, count(*) AS count FROM notifications
     WHERE status = 'pending' OR (status = 'failed' AND created_at > :since)
     GROUP BY channel, status`,
    { replacements: { since: new Date(now.getTime() - WEEK_MS) }, type: QueryTypes.SELECT },
  );
  const count = (channel: string, status: string) =>
    Number(rows.find((row) => row.channel === channel && row.status === status)?.count ?? 0);
  const of = (channel: string) => ({ waiting: count(channel, 'pending'), failed: count(channel, 'failed') });
  return { email: of('email'), webhook: of('webhook') };
}
