import { randomBytes } from 'node:crypto';
import { definitionsOf, type Passwords } from '../lib/broker/definitions.ts';
import { roles, userOf, type Role } from '../lib/broker/roles.ts';

/** Users of a broker with new passwords. */
export interface BrokerUsers {
  passwords: Passwords;
  /** What the broker is given: the file definitions.json. */
  definitions: object;
  /** What a service is given: its AMQP_URL. */
  urlOf(role: Role, broker: string): string;
}

/** Letters and digits only: they stand in URLs. */
export const newPassword = () => randomBytes(24).toString('hex');

/** Make a user for each role, one for KEDA and an administrator. */
export function makeBrokerUsers(namespace: string): BrokerUsers {
  const names = [...roles, 'scaler', 'administrator'] as const;
  const passwords = Object.fromEntries(names.map((name) => [name, newPassword()])) as Passwords;
  return {
    passwords,
    definitions: definitionsOf(namespace, passwords),
    urlOf: (role, broker) => {
      const url = new URL(broker);
      url.username = userOf(namespace, role);
      url.password = passwords[role];
      return url.href;
    },
  };
}
