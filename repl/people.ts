import { z } from 'zod';
import { quotaOverrides } from '../lib/administration/requests.ts';
import type { PeoplePage, PersonRecord, QuotaReport } from '../lib/administration/replies.ts';
import { command, type Desk } from './command.ts';
import { findPerson, more, paging, pagingOptions } from './inputs.ts';
import * as tables from './tables.ts';

const users = command({
  usage: 'users',
  description: 'List people, newest first',
  options: [
    { option: '--search [text]', description: 'Only those whose e-mail address or name has this in it' },
    { option: '--role [role]', description: 'Only those who are user or admin' },
    { option: '--disabled', description: 'Only those who are shut out' },
    ...pagingOptions,
  ],
  input: z.strictObject({
    search: z.string('Say what to search for').optional(),
    role: z.enum(['user', 'admin']).optional(),
    disabled: z.boolean().optional(),
    ...paging,
  }),
  run: async (query, { call, now }) => {
    const page = await call<PeoplePage>('auth.people', query);
    const rows = page.items.map((person) => [
      ...[person.email, person.role, stateOf(person), person.sessions, person.apiKeys],
      ...[tables.ageText(person.createdAt, now), tables.ageText(person.lastUsedAt, now), person.id],
    ]);
    const headings = ['E-MAIL', 'ROLE', 'STATE', 'SESSIONS', 'KEYS', 'AGE', 'SEEN', 'ID'];
    return tables.list(headings, rows, 'There is nobody like that') + more('users', page.nextCursor);
  },
});

const stateOf = ({ disabledAt, emailVerified }: PersonRecord) =>
  disabledAt !== null ? 'disabled' : emailVerified ? 'verified' : 'unverified';

type PersonDeed = (person: PersonRecord, desk: Desk) => Promise<string>;

const setRole =
  (role: PersonRecord['role']): PersonDeed =>
  async ({ id: personId }, { call, by }) => {
    const person = await call<PersonRecord>('auth.setRole', { personId, role, by });
    return `${person.email} is ${role === 'admin' ? 'an administrator' : 'an ordinary person'} now`;
  };

const setDisabled =
  (disabled: boolean): PersonDeed =>
  async ({ id: personId }, { call, by }) => {
    const person = await call<PersonRecord>('auth.setDisabled', { personId, disabled, by });
    return `${person.email} is ${disabled ? 'shut out; their sessions have ended' : 'let in again'}`;
  };

const deeds: Record<string, PersonDeed> = {
  show: (person) =>
    Promise.resolve(
      tables.facts({
        ...{
          id: person.id,
          email: person.email,
          name: person.name,
          locale: person.locale,
          role: person.role,
        },
        state: stateOf(person),
        'disabled since': person.disabledAt,
        'second factor': person.secondFactor ? 'yes' : 'no',
        ...{ sessions: person.sessions, keys: person.apiKeys },
        ...{ created: person.createdAt, seen: person.lastUsedAt },
      }),
    ),
  'grant-admin': setRole('admin'),
  'revoke-admin': setRole('user'),
  disable: setDisabled(true),
  enable: setDisabled(false),
  'end-sessions': async ({ id: personId, email }, { call, by }) => {
    const { count } = await call<{ count: number }>('auth.endPersonSessions', { personId, by });
    return `${count} ${count === 1 ? 'session' : 'sessions'} of ${email} ended`;
  },
};

const names = Object.keys(deeds).join(', ');

const user = command({
  usage: 'user <deed> <person>',
  description: `Look after one person (e-mail address or id): ${names}`,
  input: z.strictObject({ deed: z.enum(Object.keys(deeds), `Use one of ${names}`), person: z.string() }),
  run: async ({ deed, person }, desk) => {
    const found = await findPerson(desk, person);
    return (await deeds[deed]?.(found, desk)) ?? '';
  },
});

/** `default` is everyone's. */
const limit = z
  .string('Use a whole number, or default')
  .regex(/^(\d{1,16}|default)$/, 'Use a whole number, or default')
  .transform((text) => (text === 'default' ? null : Number(text)))
  .optional();

const quota = command({
  usage: 'quota <person>',
  description: 'Show what a person may have; with options, give them limits of their own',
  options: [
    { option: '--stored-bytes [bytes]', description: 'A number, or default' },
    { option: '--videos-per-day [count]', description: 'A number, or default' },
    { option: '--concurrent-uploads [count]', description: 'A number, or default' },
    { option: '--file-bytes [bytes]', description: 'A number, or default' },
    { option: '--clear', description: 'Give them everyone’s limits again' },
  ],
  input: z.strictObject({
    person: z.string(),
    ...{ storedBytes: limit, videosPerDay: limit, concurrentUploads: limit, fileBytes: limit },
    clear: z.boolean().default(false),
  }),
  run: async ({ person, clear, ...wish }, desk) => {
    const { id: personId } = await findPerson(desk, person);
    const { call, by } = desk;
    const before = await call<QuotaReport>('video.quotas', { personId });
    const given = Object.entries(wish).filter(([, value]) => value !== undefined);
    if (!clear && given.length === 0) return quotaTable(before);
    const overrides = clear
      ? null
      : quotaOverrides.parse({ ...before.overrides, ...Object.fromEntries(given) });
    return quotaTable(await call<QuotaReport>('video.setQuotas', { personId, overrides, by }));
  },
});

function quotaTable({ defaults, overrides, used, setAt, setBy }: QuotaReport): string {
  const keys = Object.keys(overrides) as (keyof typeof overrides)[];
  const rows = keys.map((key) => [
    ...[key, key === 'fileBytes' ? null : used[key], overrides[key] ?? defaults[key]],
    overrides[key] === null ? 'everyone’s' : 'their own',
  ]);
  const table = tables.list(['QUOTA', 'USED', 'LIMIT', 'WHOSE'], rows, '');
  return setAt === null ? table : `${table}\nSet by ${setBy} at ${setAt}`;
}

/** The commands about people. */
export const peopleCommands = [users, user, quota];
