import type { Sequelize } from 'sequelize';
import { charge, type Counter } from '../../lib/counters.ts';
import { digest } from '../../lib/digest.ts';
import { createCounter } from './counters.ts';
import { isKnownNetwork } from './known-origins.ts';
import { networkOf } from '../../lib/networks.ts';

/** How many logins may fail within a window, which starts with the first failure. */
interface ThrottleLimits {
  /** For one account from one network, so that a stranger elsewhere cannot lock a person out. */
  perPair: number;
  /** From one network, whatever the accounts. */
  perAddress: number;
  windowSeconds: number;
  /** For one account from all networks together that it was never used from. */
  perAccount: number;
  accountWindowSeconds: number;
}

const LIMITS: ThrottleLimits = {
  perPair: 10,
  perAddress: 100,
  windowSeconds: 15 * 60,
  perAccount: 50,
  accountWindowSeconds: 3600,
};

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
}

/**
 * Guesses at one account from many networks are counted together, and spare the networks that the account was used
 * from before: its person goes on where they are at home. From elsewhere they may still reset the password.
 * @param sequelize a migrated database `auth`
 */
export function createLoginThrottle(sequelize: Sequelize, some: Partial<ThrottleLimits> = {}): LoginThrottle {
  const limits = { ...LIMITS, ...some };
  const pairs = createCounter(sequelize, 'pair', limits.perPair, limits.windowSeconds);
  const addresses = createCounter(sequelize, 'address', limits.perAddress, limits.windowSeconds);
  const accounts = createCounter(sequelize, 'account', limits.perAccount, limits.accountWindowSeconds);
  return {
    begin: async (email, address) => {
      const network = address === undefined ? '' : networkOf(address);
      const account = email.toLowerCase();
      const pair = digest(account, network);
      const shared: [Counter, string][] = address === undefined ? [] : [[addresses, digest(network)]];
      if (address !== undefined && !(await isKnownNetwork(sequelize, email, address))) {
        shared.push([accounts, digest(account)]);
      }
      await chargeAll([[pairs, pair], ...shared]);
      return () => Promise.all([pairs.delete(pair), ...shared.map(([counter, key]) => counter.reward(key))]);
    },
  };
}

/** What one counter refuses is not charged to those before it. */
async function chargeAll(charges: [Counter, string][]): Promise<void> {
  for (const [index, [counter, key]] of charges.entries()) {
    await charge(counter, key).catch(async (error: unknown) => {
      await Promise.all(charges.slice(0, index).map(([other, itsKey]) => other.reward(itsKey)));
      throw error;
    });
  }
}
