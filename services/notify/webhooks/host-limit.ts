import type { Sequelize } from 'sequelize';
import { charge, createCounter } from '../../../lib/counters.ts';
import { digest } from '../../../lib/digest.ts';
import { ProblemError } from '../../../lib/errors.ts';

const MINUTE_SECONDS = 60;

/**
 * How long a host is to be left alone, in milliseconds; null when it may be told now, which counts. Many people with
 * many webhooks must not make us the means of an attack.
 */
export type HostLimit = (url: string) => Promise<number | null>;

/**
 * @param sequelize a migrated database `notify`
 * @param perMinute how many deliveries one host gets, whoever's they are
 */
export function createHostLimit(sequelize: Sequelize, perMinute: number): HostLimit {
  const counter = createCounter(sequelize, 'webhooks-to', perMinute, MINUTE_SECONDS);
  return async (url) => {
    try {
      await charge(counter, digest('host', new URL(url).hostname));
      return null;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.data.retryAfterSeconds === undefined) throw error;
      return error.data.retryAfterSeconds * 1000;
    }
  };
}
