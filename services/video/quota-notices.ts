import { randomUUID } from 'node:crypto';
import { QueryTypes, type Transaction } from 'sequelize';
import { promiseCall } from '../../lib/durable-calls.ts';
import type { VideoDatabase } from './models.ts';
import { readUsage, type Quotas } from './quotas.ts';

/** A person is told when this much of a limit is used. */
const NEARLY = 0.9;
/** Told of their storage, they are told again only when it was less full than this in between. */
const RELAXED = 0.8;
const FOR_EVER = 'ever';

/**
 * Tell a person who has just made a video that a limit is near: once for each time that the storage fills up, and once
 * a day for the day's videos. What is told is written down in the same transaction as the video.
 * @param transaction holds the lock on the person's quotas, or waits here for whoever tells them at the same time
 */
export async function tellOfQuotas(
  db: VideoDatabase,
  personId: string,
  { quotas, now, transaction }: { quotas: Quotas; now: Date; transaction: Transaction },
): Promise<void> {
  const { storedBytes, videosPerDay } = await readUsage(db, personId, quotas, now, transaction);
  if (storedBytes.used < RELAXED * storedBytes.limit) await forget(db, personId, transaction);
  const shares = [
    { name: 'storedBytes', period: FOR_EVER, ...storedBytes },
    { name: 'videosPerDay', period: now.toISOString().slice(0, 10), ...videosPerDay },
  ];
  for (const { name, period, used, limit } of shares) {
    if (used < NEARLY * limit) continue;
    if (!(await isNew(db, { personId, name, period, now }, transaction))) continue;
    const notice = {
      eventId: randomUUID(),
      personId,
      kind: 'quota.nearly_used',
      data: { name, used, limit },
    };
    await promiseCall(db.sequelize, { action: 'notify.tell', params: notice }, now, transaction);
  }
}

/** Of the storage there is one row as long as it is nearly full; of the videos one row, of the last day. */
async function isNew(
  { sequelize }: VideoDatabase,
  told: { personId: string; name: string; period: string; now: Date },
  transaction: Transaction,
): Promise<boolean> {
  const rows = await sequelize.query(
    `INSERT INTO quota_notices (person_id, name, period, told_at) VALUES (:personId, :name, :period, :now)
     ON CONFLICT (person_id, name) DO UPDATE SET period = EXCLUDED.period, told_at = EXCLUDED.told_at
       WHERE quota_notices.period <> EXCLUDED.period
     RETURNING name`,
    { replacements: told, type: QueryTypes.SELECT, transaction },
  );
  return rows.length > 0;
}

async function forget({ sequelize }: VideoDatabase, personId: string, transaction: Transaction) {
  await sequelize.query(`DELETE FROM quota_notices WHERE person_id = :personId AND name = 'storedBytes'`, {
    replacements: { personId },
    transaction,
  });
}
