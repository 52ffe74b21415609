import { createHash, randomBytes } from 'node:crypto';
import type { Topic } from '../contracts.ts';
import { pausesOf, queuesOf, type QueueDeclaration } from '../queue/rabbitmq-queues.ts';
import { defaultPolicy } from '../queue/work-queue.ts';
import { exchangesOf, prefixOf } from './names.ts';
import { NO_PERMISSIONS, permissionsOf, type Permissions } from './permissions.ts';
import { everyTopic, roles, userOf, type Role } from './roles.ts';

/** Who has a password: the roles, KEDA, which asks how much work there is, and whoever looks after the broker itself. */
export type Passwords = Record<Role | 'scaler' | 'administrator', string>;

const VHOST = '/';

/**
 * What a broker needs to know before services with users of their own come: a document as RabbitMQ exports and imports
 * it. It may be loaded again over what is there.
 * @param passwords are in it as salted hashes
 */
export function definitionsOf(namespace: string, passwords: Passwords): object {
  const queues = everyTopic.flatMap((topic) => queuesOfWork(namespace, topic));
  const exchanges = [
    ...exchangesOf(prefixOf(namespace)),
    ...[...new Set(queues.map(({ exchange }) => exchange))].map((name) => ({
      name,
      type: 'direct' as const,
    })),
  ];
  const inVhost = { vhost: VHOST, durable: true, auto_delete: false };
  return {
    vhosts: [{ name: VHOST }],
    users: usersOf(namespace, passwords),
    permissions: permissionsOfUsers(namespace),
    exchanges: exchanges.map((exchange) => ({ ...exchange, ...inVhost, internal: false, arguments: {} })),
    queues: queues.map((queue) => ({ name: queue.name, ...inVhost, arguments: queue.arguments })),
    bindings: queues.map(({ name, exchange }) => ({
      ...{ source: exchange, vhost: VHOST, destination: name, destination_type: 'queue' },
      ...{ routing_key: name, arguments: {} },
    })),
  };
}

/** Every queue of a topic, those first that others pass their messages on to. */
function queuesOfWork(namespace: string, topic: Topic): QueueDeclaration[] {
  const queues = queuesOf(namespace, topic);
  return [queues.dead, queues.main, ...pausesOf(defaultPolicy).map((pauseMs) => queues.retry(pauseMs))];
}

function usersOf(namespace: string, passwords: Passwords): object[] {
  const user = (name: string, password: string, tags: string[]) => ({
    ...{ name, password_hash: hashOf(password), hashing_algorithm: 'rabbit_password_hashing_sha256' },
    ...{ tags, limits: {} },
  });
  return [
    ...roles.map((role) => user(userOf(namespace, role), passwords[role], [])),
    user(`${namespace}-scaler`, passwords.scaler, ['management']),
    user(`${namespace}-administrator`, passwords.administrator, ['administrator']),
  ];
}

function permissionsOfUsers(namespace: string): object[] {
  const of = (user: string, permissions: Permissions) => ({ user, vhost: VHOST, ...permissions });
  return [
    ...roles.map((role) => of(userOf(namespace, role), permissionsOf(namespace, role))),
    of(`${namespace}-scaler`, NO_PERMISSIONS),
    of(`${namespace}-administrator`, { configure: '.*', write: '.*', read: '.*' }),
  ];
}

/** As RabbitMQ keeps passwords: four bytes of salt, and the SHA-256 of them and the password. */
function hashOf(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}
