import type { Sequelize } from 'sequelize';
import { charge } from '../../lib/counters.ts';
import { digest } from '../../lib/digest.ts';
import { createCounter } from './counters.ts';

/** How many codes may be wrong; three of a million codes are right at any time. */
const LIMITS = { perQuarter: 5, perDay: 30 };
const QUARTER_SECONDS = 15 * 60;
const DAY_SECONDS = 24 * 3600;

/** Limits guesses at codes of the second factor; only who knows the password gets to guess at all. */
export interface CodeThrottle {
  /**
   * Count a code as wrong before it is looked at.
   * @returns takes the count back; to be called when it is right
   * @throws ProblemError `too_many_requests` with `retryAfterSeconds`
   */
  begin(personId: string): Promise<() => Promise<unknown>>;
}

/**
 * @param sequelize a migrated database `auth`
 */
export function createCodeThrottle(sequelize: Sequelize, limits = LIMITS): CodeThrottle {
  const counters = [
    createCounter(sequelize, 'codes', limits.perQuarter, QUARTER_SECONDS),
    createCounter(sequelize, 'codes-of-day', limits.perDay, DAY_SECONDS),
  ];
  return {
    begin: async (personId) => {
      const key = digest('code', personId);
      for (const counter of counters) await charge(counter, key);
      return () => Promise.all(counters.map((counter) => counter.delete(key)));
    },
  };
}
