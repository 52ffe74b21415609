import type { Transaction } from 'sequelize';
import { isAlwaysMailed, isLetter, type Notice } from '../../lib/notices.ts';
import type { Channel, NotifyDatabase } from './models.ts';
import { subscribersTo } from './webhooks/subscribers.ts';

/** Where one notice goes. */
export interface Target {
  channel: Channel;
  endpointId: string | null;
}

/**
 * Where a notice goes: to the app and by mail, unless its person has switched that off, and to their webhooks that
 * subscribe to its kind.
 */
export async function targetsOf(
  db: NotifyDatabase,
  { personId, kind }: Pick<Notice, 'personId' | 'kind'>,
  transaction: Transaction,
): Promise<Target[]> {
  const { models } = db;
  if (isLetter(kind)) return [{ channel: 'email', endpointId: null }];
  const off = await models.preference.findAll({ where: { personId, kind, enabled: false }, transaction });
  const isOff = (channel: Channel) => off.some((preference) => preference.channel === channel);
  const channels = (['email', 'inapp'] as const).filter(
    (channel) => !isOff(channel) || (channel === 'email' && isAlwaysMailed(kind)),
  );
  const endpoints = await subscribersTo(db, { personId, kind }, transaction);
  return [
    ...channels.map((channel) => ({ channel, endpointId: null })),
    ...endpoints.map((endpointId) => ({ channel: 'webhook' as const, endpointId })),
  ];
}
