import type { Sequelize } from 'sequelize';
import { charge, HOUR_SECONDS, perNetwork, wentThrough } from '../../lib/counters.ts';
import { digest } from '../../lib/digest.ts';
import type { AbuseLimit } from '../../lib/metrics.ts';
import { createCounter } from './counters.ts';

/** Letters to one recipient, and letters that one network may cause: in an hour, where nothing else is said. */
const LIMITS = { perRecipient: 3, perRecipientADay: 10, perNetwork: 20, registrationsPerNetwork: 100 };
const DAY_SECONDS = 24 * HOUR_SECONDS;

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
  const counter = (name: AbuseLimit, points: number, seconds = HOUR_SECONDS) =>
    createCounter(sequelize, name, points, seconds);
  const recipients = counter('letter', limits.perRecipient);
  const recipientsOfDay = counter('letters-of-day', limits.perRecipientADay, DAY_SECONDS);
  const insistOnNetwork = perNetwork(counter('letters-from', limits.perNetwork));
  const registering = perNetwork(counter('registered-from', limits.registrationsPerNetwork));
  const insist = async (purpose: string, recipient: string) => {
    const key = digest(purpose, recipient.toLowerCase());
    await charge(recipients, key);
    await charge(recipientsOfDay, key);
  };
  return {
    insist,
    allows: (purpose, recipient) => wentThrough(insist(purpose, recipient)),
    insistOnNetwork,
    allowsRegistration: (address) => wentThrough(registering(address)),
  };
}
