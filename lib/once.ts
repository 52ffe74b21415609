import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Migration } from './database.ts';

/** How long RabbitMQ may still deliver a request again: its callers wait half a minute at most. */
const REMEMBERED_MS = 3_600_000;

/** A part of every database with changes that must happen once for each request. */
export const handledRequestsMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE handled_requests (
      id text PRIMARY KEY,
      handled_at timestamptz(3) NOT NULL
    );
    CREATE INDEX handled_requests_by_time ON handled_requests (handled_at);
  `,
});

/**
 * Whether a request is handled for the first time. RabbitMQ delivers it again when the replica that had it died, and
 * that may have been after its transaction and before its answer.
 * @param requestId Moleculer's id of the request (`ctx.id`), which every delivery of it has
 * @param transaction of the change that this request makes; a second delivery waits for its end
 */
export async function isFirstDelivery(
  sequelize: Sequelize,
  requestId: string,
  now: Date,
  transaction: Transaction,
): Promise<boolean> {
  const rows = await sequelize.query(
    'INSERT INTO handled_requests (id, handled_at) VALUES (:requestId, :now) ON CONFLICT DO NOTHING RETURNING id',
    { replacements: { requestId, now }, type: QueryTypes.SELECT, transaction },
  );
  return rows.length > 0;
}

/** Whether a request's change was made before; for what has to be done before the transaction of {@link once}. */
export async function isHandled(sequelize: Sequelize, requestId: string): Promise<boolean> {
  const rows = await sequelize.query('SELECT 1 FROM handled_requests WHERE id = :requestId', {
    replacements: { requestId },
    type: QueryTypes.SELECT,
  });
  return rows.length > 0;
}

/** Run a change in a transaction, once for each request; a second delivery finds it done and changes nothing. */
export async function once(
  sequelize: Sequelize,
  requestId: string,
  now: Date,
  change: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    if (await isFirstDelivery(sequelize, requestId, now, transaction)) await change(transaction);
  });
}

/** Forget requests that are too old to be delivered again. */
export async function forgetHandledRequests(sequelize: Sequelize, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REMEMBERED_MS);
  await sequelize.query('DELETE FROM handled_requests WHERE handled_at < :before', {
    replacements: { before },
  });
}
