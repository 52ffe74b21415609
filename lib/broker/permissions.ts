import { queuesOf } from '../queue/rabbitmq-queues.ts';
import { BROADCASTS, exchangeTo, prefixOf } from './names.ts';
import { rights, roles, SHARED, type AnyRole, type Role } from './roles.ts';

/** What a user may declare and delete, write to, and read from: three regular expressions over names. */
export interface Permissions {
  configure: string;
  write: string;
  read: string;
}

/** Nothing at all: the user may only connect. */
export const NO_PERMISSIONS: Permissions = { configure: '^$', write: '^$', read: '^$' };

/**
 * What a role's user may do at RabbitMQ. Taking from a queue, looking into it and emptying it are reading; so is binding
 * to an exchange, which also is writing to the queue; deleting is configuring. No role may write to the default exchange.
 */
export function permissionsOf(namespace: string, role: Role): Permissions {
  const prefix = prefixOf(namespace);
  const named = (name: string) => name.replaceAll('.', '\\.');
  const own = [`${named(prefix)}\\.[A-Z]+\\.${role}@.*`, `${named(prefix)}\\.(REQ|EVENT)B\\.${role}\\..*`];
  const news = BROADCASTS.map((kind) => named(`${prefix}.${kind}`));
  const to = (target: AnyRole, isRequest: boolean) => named(exchangeTo(prefix, target, isRequest));
  const { calls, publishes, consumes, buries } = rights[role];
  const callees = roles.filter((callee) => callee === role || calls[callee]);
  const topics = [...new Set([...publishes, ...consumes])].map((topic) => queuesOf(namespace, topic));
  return {
    configure: anyOf(own),
    write: anyOf([
      ...own,
      ...news,
      ...callees.map((callee) => to(callee, true)),
      ...[...roles, SHARED].map((asker) => to(asker as AnyRole, false)),
      ...topics.map(({ main }) => named(main.exchange)),
    ]),
    read: anyOf([
      ...own,
      ...news,
      ...[to(role, true), to(role, false)],
      ...consumes.map((topic) => named(queuesOf(namespace, topic).main.name)),
      ...buries.map((topic) => named(queuesOf(namespace, topic).dead.name)),
    ]),
  };
}

const anyOf = (patterns: string[]) => `^(${patterns.join('|')})$`;
