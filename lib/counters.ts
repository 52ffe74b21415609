import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Sequelize } from 'sequelize';
import type { Migration } from './database.ts';
import { digest } from './digest.ts';
import { problemCode, ProblemError } from './errors.ts';
import { metrics, type AbuseLimit } from './metrics.ts';
import { networkOf } from './networks.ts';

/** Counts within a window that starts with the first count; in the database, so that all replicas count together. */
export type Counter = RateLimiterPostgres;

const TABLE = 'counters';
export const HOUR_SECONDS = 3600;

/** A part of every database with counters; the columns, and their order, are the library's. */
export const countersMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE ${TABLE} (
      key varchar(255) PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      -- In milliseconds since 1970.
      expire bigint
    );
    CREATE INDEX counters_by_expiry ON ${TABLE} (expire);
  `,
});

/**
 * The library's own clean-up runs on a timer that cannot be stopped, so it is off.
 * @param sequelize a migrated database
 * @param name begins the keys of this counter, and is what the metric calls it
 * @param points how often something may happen within the window
 * @param tableName another one than {@link countersMigration} makes
 */
export function createCounter(
  sequelize: Sequelize,
  name: AbuseLimit,
  points: number,
  windowSeconds: number,
  tableName = TABLE,
): Counter {
  return new RateLimiterPostgres({
    storeClient: sequelize,
    tableName,
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points,
    duration: windowSeconds,
  });
}

/**
 * Count once.
 * @throws ProblemError `too_many_requests` with `retryAfterSeconds`
 */
export async function charge(counter: Counter, key: string): Promise<void> {
  const { consumedPoints, msBeforeNext } = await counter.penalty(key);
  if (consumedPoints <= counter.points) return;
  metrics.abuse.inc({ limit: counter.keyPrefix });
  throw new ProblemError('too_many_requests', { retryAfterSeconds: Math.ceil(msBeforeNext / 1000) });
}

/** Limits what one network may cause: who has many accounts, or replicas to choose from, gets no more. */
export type NetworkLimit = (address: string | undefined) => Promise<void>;

/** @returns rejects with `too_many_requests` once a network has caused enough; without an address nothing counts */
export function perNetwork(counter: Counter): NetworkLimit {
  return async (address) => {
    if (address !== undefined) await charge(counter, digest(networkOf(address)));
  };
}

/** Whether a charge went through; for what is left out in silence. */
export async function wentThrough(charging: Promise<void>): Promise<boolean> {
  try {
    await charging;
    return true;
  } catch (error) {
    if (problemCode(error) === 'too_many_requests') return false;
    throw error;
  }
}

/** Remove counters whose window is over. */
export async function removeExpiredCounters(sequelize: Sequelize, now: Date, table = TABLE): Promise<void> {
  await sequelize.query(`DELETE FROM ${table} WHERE expire < :now`, {
    replacements: { now: now.getTime() },
  });
}
