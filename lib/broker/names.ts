import { roles, SHARED, type AnyRole } from './roles.ts';

/** How Moleculer begins the names of its queues and exchanges. */
export const prefixOf = (namespace: string) => `MOL-${namespace}`;

/** The packets that go to all processes. Each kind has an exchange of its own. */
export const BROADCASTS = ['DISCOVER', 'INFO', 'DISCONNECT', 'HEARTBEAT', 'PING'] as const;

/**
 * The exchange by which one role is reached: one for requests, one for whatever else is for one of its processes. RabbitMQ
 * lets each user write to some of these; the default exchange, which reaches every queue, could only be open or closed.
 */
export const exchangeTo = (prefix: string, role: AnyRole, isRequest: boolean) =>
  `${prefix}.${isRequest ? 'REQ' : 'RES'}.${role}`;

/** All exchanges that Moleculer's packets go through. */
export const exchangesOf = (prefix: string): { name: string; type: 'fanout' | 'direct' }[] => [
  ...BROADCASTS.map((kind) => ({ name: `${prefix}.${kind}`, type: 'fanout' as const })),
  ...[...roles, SHARED].flatMap((role) =>
    [true, false].map((isRequest) => ({
      name: exchangeTo(prefix, role as AnyRole, isRequest),
      type: 'direct' as const,
    })),
  ),
];
