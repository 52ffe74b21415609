import type { Sequelize } from 'sequelize';
import { problemCode } from '../../lib/errors.ts';
import { charge, createCounter, type Counter } from './counters.ts';
import { digest } from './digest.ts';
import { networkOf } from './networks.ts';

const HOUR_SECONDS = 3600;

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
  const counter = (name: string, points: number) => createCounter(sequelize, name, points, HOUR_SECONDS);
  const recipients = counter('letter', limits.perRecipient);
  const networks = counter('letters-from', limits.perNetwork);
  const registrations = counter('registered-from', limits.registrationsPerNetwork);
  const insist = (purpose: string, recipient: string) =>
    charge(recipients, digest(purpose, recipient.toLowerCase()));
  const insistOn = async (network: Counter, address: string | undefined) => {
    if (address !== undefined) await charge(network, digest(networkOf(address)));
  };
  return {
    insist,
    allows: (purpose, recipient) => wentThrough(insist(purpose, recipient)),
    insistOnNetwork: (address) => insistOn(networks, address),
    allowsRegistration: (address) => wentThrough(insistOn(registrations, address)),
  };
}

async function wentThrough(charging: Promise<void>): Promise<boolean> {
  try {
    await charging;
    return true;
  } catch (error) {
    if (problemCode(error) === 'too_many_requests') return false;
    throw error;
  }
}
