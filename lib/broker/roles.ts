import type { Topic } from '../contracts.ts';

/** Who has a user of their own at RabbitMQ: each service, and people with the REPL. */
export const roles = ['api', 'auth', 'video', 'processor', 'notify', 'operator'] as const;
export type Role = (typeof roles)[number];

/** Everybody whose user is none of these: where all services share one, they are all of this role. */
export const SHARED = 'shared';
export type AnyRole = Role | typeof SHARED;

/** What a role may do beside answering whoever asks it, and asking its own kind. */
interface Rights {
  /** Whose actions it may call: all of them, or only those that are named. */
  calls: Partial<Record<Role, 'all' | readonly string[]>>;
  publishes: readonly Topic[];
  consumes: readonly Topic[];
  /** Whose dead letters it looks at, puts back and deletes. */
  buries: readonly Topic[];
}

/** All topics of the work. Here, as this is read where nothing is installed yet. */
export const everyTopic = [
  'video.uploaded',
  'video.processed',
  'video.failed',
] as const satisfies readonly Topic[];
const noWork = { publishes: [], consumes: [], buries: [] } as const;

/**
 * Who may do what at the broker: the one place for it. The processor decodes what strangers send, so it gets the least.
 */
export const rights: Record<Role, Rights> = {
  api: { ...noWork, calls: { auth: 'all', video: 'all', notify: 'all', processor: 'all' } },
  auth: { ...noWork, calls: { video: ['removePerson'], notify: ['removePerson', 'tell'] } },
  video: {
    calls: { auth: ['noteDeed'], notify: ['tell'] },
    ...{ publishes: everyTopic, consumes: [], buries: everyTopic },
  },
  processor: {
    calls: {
      video: [
        ...['claim', 'renew', 'shareFrames', 'complete', 'fail', 'split'],
        ...['ranges', 'claimRange', 'renewRange', 'endRange', 'release'],
      ],
    },
    ...{ publishes: [], consumes: ['video.uploaded'], buries: [] },
  },
  notify: {
    calls: { auth: ['person', 'letterToken'], video: ['createLink', 'archive', 'settle'] },
    ...{ publishes: [], consumes: ['video.processed', 'video.failed'], buries: [] },
  },
  operator: { ...noWork, calls: { auth: 'all', video: 'all', notify: 'all', processor: 'all' } },
};

/** The name of a role's user. It begins with the namespace, as systems can share a broker. */
export const userOf = (namespace: string, role: Role) => `${namespace}-${role}`;

/** @returns the role that has a user of this name; `shared` when none has */
export const roleOfUser = (namespace: string, user: string): AnyRole =>
  roles.find((role) => userOf(namespace, role) === user) ?? SHARED;

/** The user that an AMQP URL names; RabbitMQ's own default where it names none. */
export const userIn = (url: string) => decodeURIComponent(new URL(url).username) || 'guest';

/** The role of whoever connects with an AMQP URL. */
export const roleIn = (namespace: string, url: string) => roleOfUser(namespace, userIn(url));

const AT = '@';

/** The name of a process tells its role, because the broker's permissions go by names. */
export const nodeNameOf = (role: AnyRole, name: string) => (role === SHARED ? name : `${role}${AT}${name}`);

/** The role of a process, by its name. */
export const roleOfNode = (name: string): AnyRole =>
  roles.find((role) => name.startsWith(`${role}${AT}`)) ?? SHARED;

/** Whose an action is, by its name. */
export const roleOfAction = (action: string): AnyRole =>
  roles.find((role) => action.startsWith(`${role}.`)) ?? SHARED;

/** Whether a role may call an action. */
export function mayCall(caller: AnyRole, action: string): boolean {
  const owner = roleOfAction(action);
  if (caller === SHARED || owner === SHARED || owner === caller) return true;
  const allowed = rights[caller].calls[owner] ?? [];
  return allowed === 'all' || allowed.includes(action.slice(owner.length + 1));
}
