import type { Sequelize } from 'sequelize';
import { charge, HOUR_SECONDS, perNetwork, wentThrough } from '../../lib/counters.ts';
import { digest } from '../../lib/digest.ts';
import type { AbuseLimit } from '../../lib/metrics.ts';
import { createCounter } from './counters.ts';

/** Letters to one recipient, and letters that one network may cause, in an hour. */
const LIMITS = { perRecipient: 3, perNetwork: 20, registrationsPerNetwork: 100 };

/** Keeps strangers from flooding a person with letters, or many people from one place. */
export interface LetterThrottle {
  /** @throws ProblemError `too_many_requests` when the recipient has been sent enough of these letters */
  insist(purpose: string, recipient: string): Promise<void>;
  /** Whether the recipient may get one more of these letters. */
  allows(purpose: string, recipient: string): Promise<boolean>;
  /** @throws ProblemError `too_many_requests` when the network has caused enough letters */
  insistOnNetwork(address: string | undefined): Promise<void>;
  /** Whether registering from there may still cause a letter; nobody is kept from registering. */
  allowsRegistration(address: string | undefined): Promise<boolean>;
}

/**
 * @param sequelize a migrated database `auth`
 */
export function createLetterThrottle(
  sequelize: Sequelize,
  some: Partial<typeof LIMITS> = {},
): LetterThrottle {
  const limits = { ...LIMITS, ...some };
  const counter = (name: AbuseLimit, points: number) => createCounter(sequelize, name, points, HOUR_SECONDS);
  const recipients = counter('letter', limits.perRecipient);
  const insistOnNetwork = perNetwork(counter('letters-from', limits.perNetwork));
  const registering = perNetwork(counter('registered-from', limits.registrationsPerNetwork));
  const insist = (purpose: string, recipient: string) =>
    charge(recipients, digest(purpose, recipient.toLowerCase()));
  return {
    insist,
    allows: (purpose, recipient) => wentThrough(insist(purpose, recipient)),
    insistOnNetwork,
    allowsRegistration: (address) => wentThrough(registering(address)),
  };
}
