import { Op } from 'sequelize';
import { z } from 'zod';
import { choosableKinds, isAlwaysMailed, preferenceWishes, type NoticeKind } from '../../lib/notices.ts';
import type { NotifyDatabase, Preference } from './models.ts';

const channels = ['email', 'inapp'] as const;

/** A switch; a locked one stays on. */
interface Switch {
  enabled: boolean;
  locked: boolean;
}

/** What a person is told of, and how. */
export interface Preferences {
  items: { kind: NoticeKind; channels: Record<(typeof channels)[number], Switch> }[];
}

export const preferencesSchema = z.strictObject({ personId: z.uuid(), items: preferenceWishes });

/** What a person is told of: everything that they have not switched off. */
export async function readPreferences({ models }: NotifyDatabase, personId: string): Promise<Preferences> {
  const off = await models.preference.findAll({ where: { personId, enabled: false } });
  const show = (kind: NoticeKind, channel: (typeof channels)[number]): Switch => {
    const locked = channel === 'email' && isAlwaysMailed(kind);
    return { enabled: locked || !off.some((one) => one.kind === kind && one.channel === channel), locked };
  };
  return {
    items: choosableKinds.map((kind) => ({
      kind,
      channels: { email: show(kind, 'email'), inapp: show(kind, 'inapp') },
    })),
  };
}

/** Change what is named, and leave the rest as it is; of two entries about the same switch the last one counts. */
export async function changePreferences(
  db: NotifyDatabase,
  { personId, items }: z.output<typeof preferencesSchema>,
): Promise<void> {
  const rows = items.flatMap(({ kind, ...wanted }) =>
    channels.flatMap((channel) => {
      const enabled = wanted[channel];
      return enabled === undefined ? [] : [{ personId, kind, channel, enabled }];
    }),
  );
  const last = new Map(rows.map((row) => [`${row.kind} ${row.channel}`, row]));
  await store(db, [...last.values()]);
}

/**
 * Switch one kind of mail off, as a link in a mail asks for. What is waiting to be sent of that kind goes to nobody.
 * @returns whether it can be switched off
 */
export async function unsubscribe(
  db: NotifyDatabase,
  { personId, kind }: { personId: string; kind: string },
): Promise<boolean> {
  const known = choosableKinds.find((one) => one === kind);
  if (!known || isAlwaysMailed(known)) return false;
  await store(db, [{ personId, kind: known, channel: 'email', enabled: false }]);
  await db.models.notification.update(
    { status: 'failed', lastError: 'Its person wants no more mail of this kind' },
    { where: { personId, kind: known, channel: 'email', status: 'pending', attempts: { [Op.eq]: 0 } } },
  );
  return true;
}

async function store(
  { models }: NotifyDatabase,
  rows: Pick<Preference, 'personId' | 'kind' | 'channel' | 'enabled'>[],
) {
  await models.preference.bulkCreate(rows, {
    updateOnDuplicate: ['enabled'],
    conflictAttributes: ['personId', 'kind', 'channel'],
  });
}
