import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Sequelize } from 'sequelize';
import { ProblemError } from '../../lib/errors.ts';

/** How many logins may fail within the window, which starts with the first failure. */
interface ThrottleLimits {
  /** For one account from one address, so that a stranger elsewhere cannot lock a person out. */
  perPair: number;
  /** From one address, whatever the accounts. */
  perAddress: number;
  windowSeconds: number;
}

const LIMITS: ThrottleLimits = { perPair: 10, perAddress: 100, windowSeconds: 15 * 60 };

/** Limits guesses at passwords; the counters are in the database, so that all replicas count together. */
export interface LoginThrottle {
  /**
   * Count a login that begins as failed, before its password is looked at: many at once get no more tries than one
   * after the other.
   * @param address the client's, where it is known
   * @returns takes the count back; to be called when the login succeeds
   * @throws ProblemError `too_many_requests` with `retryAfterSeconds`
   */
  begin(email: string, address?: string): Promise<() => Promise<unknown>>;
  /** Remove counters whose window is over. */
  removeExpired(now?: Date): Promise<void>;
}

/**
 * @param sequelize a migrated database `auth`
 */
export function createLoginThrottle(sequelize: Sequelize, limits = LIMITS): LoginThrottle {
  const { windowSeconds } = limits;
  const perPair = createCounter(sequelize, 'pair', limits.perPair, windowSeconds);
  const perAddress = createCounter(sequelize, 'address', limits.perAddress, windowSeconds);
  return {
    begin: async (email, address) => {
      const network = address === undefined ? '' : networkOf(address);
      const pair = hash(email.toLowerCase(), network);
      await charge(perPair, pair);
      if (!network) return () => perPair.delete(pair);
      const from = hash(network);
      await charge(perAddress, from).catch(async (error: unknown) => {
        await perPair.reward(pair);
        throw error;
      });
      return () => Promise.all([perPair.delete(pair), perAddress.reward(from)]);
    },
    removeExpired: (now = new Date()) => removeExpired(sequelize, now),
  };
}

async function removeExpired(sequelize: Sequelize, now: Date): Promise<void> {
  const replacements = { now: now.getTime() };
  await sequelize.query('DELETE FROM login_attempts WHERE expire < :now', { replacements });
}

/** The library's own clean-up runs on a timer that cannot be stopped, so it is off. */
function createCounter(sequelize: Sequelize, keyPrefix: string, points: number, duration: number) {
  return new RateLimiterPostgres({
    storeClient: sequelize,
    tableName: 'login_attempts',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix,
    points,
    duration,
  });
}

async function charge(counter: RateLimiterPostgres, key: string): Promise<void> {
  const { consumedPoints, msBeforeNext } = await counter.penalty(key);
  if (consumedPoints > counter.points) {
    throw new ProblemError('too_many_requests', { retryAfterSeconds: Math.ceil(msBeforeNext / 1000) });
  }
}

/** One client can pick any address of its IPv6 network, so the network (64 bits, RFC 6177) counts as one address. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

/** Whoever reads the table learns no addresses. */
function hash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
