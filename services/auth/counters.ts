import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Sequelize } from 'sequelize';
import { ProblemError } from '../../lib/errors.ts';

/** Counts within a window that starts with the first count; in the database, so that all replicas count together. */
export type Counter = RateLimiterPostgres;

/**
 * The library's own clean-up runs on a timer that cannot be stopped, so it is off.
 * @param sequelize a migrated database `auth`
 * @param name begins the keys of this counter
 * @param points how often something may happen within the window
 */
export function createCounter(
  sequelize: Sequelize,
  name: string,
  points: number,
  windowSeconds: number,
): Counter {
  return new RateLimiterPostgres({
    storeClient: sequelize,
    tableName: 'login_attempts',
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
  if (consumedPoints > counter.points) {
    throw new ProblemError('too_many_requests', { retryAfterSeconds: Math.ceil(msBeforeNext / 1000) });
  }
}

/** Remove counters whose window is over. */
export async function removeExpiredCounters(sequelize: Sequelize, now: Date): Promise<void> {
  await sequelize.query('DELETE FROM login_attempts WHERE expire < :now', {
    replacements: { now: now.getTime() },
  });
}
