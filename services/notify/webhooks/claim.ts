import { QueryTypes, type Transaction } from 'sequelize';
import type { Carrier } from '../../../lib/tracing/trace.ts';
import type { NotifyDatabase } from '../models.ts';

/** A delivery that is ours for a while, and where it goes. */
export interface Claimed {
  id: string;
  eventId: string;
  endpointId: string;
  kind: string;
  payload: object;
  attempts: number;
  /** How many attempts there had been when it was last replayed. */
  attemptsBefore: number;
  createdAt: Date;
  /** Of the request that it comes from. */
  trace: Carrier | null;
  url: string;
  secret: Buffer;
  previousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  failingSince: Date | null;
}

/** Longer than any attempt and its settlement take, so nobody need renew it. */
const LEASE_MS = 60_000;

/**
 * Take the delivery that has been due for the longest time, if any, and count the attempt. An endpoint gets one
 * delivery at a time, from all replicas together, and none while it rests.
 * @param failingToo whether endpoints whose last attempt went wrong count, too
 */
export async function claimDelivery(
  db: NotifyDatabase,
  { failingToo }: { failingToo: boolean },
  now: Date,
): Promise<Claimed | null> {
  return db.sequelize.transaction(async (transaction) => {
    const [next] = await db.sequelize.query<{ id: string; endpointId: string }>(
      NEXT(failingToo ? '' : 'AND w.failing_since IS NULL'),
      { replacements: { now }, type: QueryTypes.SELECT, transaction },
    );
    if (!next) return null;
    const leaseEnd = new Date(now.getTime() + LEASE_MS);
    return lease(db, { ...next, now, leaseEnd }, transaction);
  });
}

/** Takes the locks in the order of all that change deliveries: first the endpoint's row, then the delivery's. */
const NEXT = (condition: string) => `
  SELECT n.id, w.id AS "endpointId" FROM webhooks w
  CROSS JOIN LATERAL (
    SELECT id, next_attempt_at FROM notifications
    WHERE endpoint_id = w.id AND status = 'pending' AND next_attempt_at <= :now
    ORDER BY next_attempt_at LIMIT 1
  ) n
  WHERE w.enabled AND w.free_at <= :now ${condition}
  ORDER BY n.next_attempt_at LIMIT 1
  FOR NO KEY UPDATE OF w SKIP LOCKED`;

/** The rows were read before the lock was there: the delivery may have been made meanwhile, and then there is none. */
async function lease(
  { sequelize }: NotifyDatabase,
  replacements: { id: string; endpointId: string; now: Date; leaseEnd: Date },
  transaction: Transaction,
): Promise<Claimed | null> {
  const [claimed] = await sequelize.query<Claimed>(
    `WITH busy AS (
       UPDATE webhooks SET free_at = :leaseEnd WHERE id = :endpointId AND enabled AND free_at <= :now RETURNING *
     )
     UPDATE notifications n SET attempts = n.attempts + 1, next_attempt_at = :leaseEnd
     FROM busy w
     WHERE n.id = :id AND n.status = 'pending' AND n.next_attempt_at <= :now
     RETURNING n.id, n.event_id AS "eventId", n.endpoint_id AS "endpointId", n.kind, n.payload, n.attempts,
       n.attempts_before AS "attemptsBefore", n.created_at AS "createdAt", n.trace, w.url, w.secret,
       w.previous_secret AS "previousSecret", w.previous_secret_until AS "previousSecretUntil",
       w.failing_since AS "failingSince"`,
    { replacements, type: QueryTypes.SELECT, transaction },
  );
  return claimed ?? null;
}

/** Give a delivery back that was not tried: it is due then, and its endpoint is no worse for it. */
export async function putOff(
  db: NotifyDatabase,
  { id, endpointId, attempts }: Claimed,
  until: Date,
): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    await db.models.webhook.update({ freeAt: until }, { where: { id: endpointId }, transaction });
    await db.models.notification.update(
      { attempts: attempts - 1, nextAttemptAt: until },
      { where: { id, attempts, status: 'pending' }, transaction },
    );
  });
}
