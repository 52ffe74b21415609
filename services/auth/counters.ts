import type { Sequelize } from 'sequelize';
import * as shared from '../../lib/counters.ts';
import type { AbuseLimit } from '../../lib/metrics.ts';

/** Older than the tables of the other services, hence its name. */
const TABLE = 'login_attempts';

/** @see shared.createCounter */
export const createCounter = (
  sequelize: Sequelize,
  name: AbuseLimit,
  points: number,
  windowSeconds: number,
) => shared.createCounter(sequelize, name, points, windowSeconds, TABLE);

/** Remove counters whose window is over. */
export const removeExpiredCounters = (sequelize: Sequelize, now: Date): Promise<void> =>
  shared.removeExpiredCounters(sequelize, now, TABLE);
