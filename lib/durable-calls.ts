import { randomUUID } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Migration } from './database.ts';
import type { Logger } from './logger.ts';
import { startLoop, type Loop } from './loop.ts';
import { metrics } from './metrics.ts';
import { carrier, inTrace, type Carrier } from './tracing/trace.ts';

/** A call of another service's action that must not be lost. The action may be called more than once. */
export interface DurableCall {
  action: string;
  params: object;
}

interface Claimed extends DurableCall {
  id: string;
  attempts: number;
  trace: Carrier | null;
}

/** Makes the call; its promise rejects when it has to be made again. */
export type MakeCall = (action: string, params: object) => Promise<unknown>;

const IDLE_MS = 1000;
/** Longer than any call takes; a process that dies leaves its call to others after this. */
const LEASE_MS = 60_000;
const LAST_PAUSE_MS = 15 * 60_000;

/** A part of every database with changes that another service must hear of. */
export const durableCallsMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE durable_calls (
      id uuid PRIMARY KEY,
      action text NOT NULL,
      params jsonb NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      -- While somebody makes the call, their lease; else when it is due.
      next_attempt_at timestamptz(3) NOT NULL,
      last_error text,
      created_at timestamptz(3) NOT NULL
    );
    CREATE INDEX durable_calls_due ON durable_calls (next_attempt_at);
  `,
});

/** What {@link durableCallsMigration} lacks: the trace that a call is a part of. */
export const tracedCallsMigration = (name: string): Migration => ({
  name,
  sql: 'ALTER TABLE durable_calls ADD COLUMN trace jsonb',
});

/**
 * Write a call down beside the change it belongs to, so that there is never one without the other.
 * @param transaction of that change
 */
export async function promiseCall(
  sequelize: Sequelize,
  { action, params }: DurableCall,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const trace = JSON.stringify(carrier());
  const replacements = { id: randomUUID(), action, params: JSON.stringify(params), now, trace };
  await sequelize.query(
    `INSERT INTO durable_calls (id, action, params, next_attempt_at, created_at, trace)
     VALUES (:id, :action, :params, :now, :now, :trace)`,
    { replacements, transaction },
  );
}

/** Make what is due, and go on doing so, until stopped. */
export function startDurableCalls(sequelize: Sequelize, call: MakeCall, logger: Logger): Loop {
  return startLoop(
    'Durable calls',
    IDLE_MS,
    async (signal) => {
      await measureBacklog(sequelize);
      await makeDueCalls(sequelize, call, logger, signal);
    },
    logger,
  );
}

async function measureBacklog(sequelize: Sequelize): Promise<void> {
  const [row] = await sequelize.query<{ count: string }>('SELECT count(*) FROM durable_calls', {
    type: QueryTypes.SELECT,
  });
  metrics.durableCalls.set({ database: sequelize.getDatabaseName() }, Number(row?.count ?? 0));
}

/**
 * Make one due call after the other. One that succeeds is forgotten; one that fails is due again after a pause that
 * doubles up to a quarter of an hour, for as long as it takes.
 * @param signal stops after the call in hand
 */
export async function makeDueCalls(
  sequelize: Sequelize,
  call: MakeCall,
  logger: Logger,
  signal: AbortSignal,
  clock = () => new Date(),
): Promise<void> {
  while (!signal.aborted) {
    const due = await claim(sequelize, clock());
    if (!due) return;
    const { id, action, params, attempts, trace } = due;
    try {
      await inTrace(trace, () => call(action, params));
      await sequelize.query('DELETE FROM durable_calls WHERE id = :id', { replacements: { id } });
    } catch (error) {
      logger.warn(`${action} could not be called (attempt ${attempts}), will try again`, error);
      await postpone(sequelize, due, String(error), clock());
    }
  }
}

async function claim(sequelize: Sequelize, now: Date): Promise<Claimed | undefined> {
  const leaseEnd = new Date(now.getTime() + LEASE_MS);
  const [claimed] = await sequelize.query<Claimed>(
    `UPDATE durable_calls SET attempts = attempts + 1, next_attempt_at = :leaseEnd
     WHERE id = (SELECT id FROM durable_calls WHERE next_attempt_at <= :now
                 ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING id, action, params, attempts, trace`,
    { replacements: { now, leaseEnd }, type: QueryTypes.SELECT },
  );
  return claimed;
}

/** Whoever has claimed the call meanwhile goes on undisturbed. */
async function postpone(
  sequelize: Sequelize,
  { id, attempts }: Claimed,
  error: string,
  now: Date,
): Promise<void> {
  const pause = Math.min(2 ** Math.min(attempts - 1, 20) * 1000, LAST_PAUSE_MS);
  const next = new Date(now.getTime() + pause);
  await sequelize.query(
    'UPDATE durable_calls SET next_attempt_at = :next, last_error = :error WHERE id = :id AND attempts = :attempts',
    { replacements: { id, attempts, next, error: error.slice(0, 1000).replaceAll('\0', '') } },
  );
}
