import { isAlwaysMailed, isLetter, type Notice } from '../../lib/notices.ts';
import type { Channel, NotifyDatabase } from './models.ts';

/** Where one notice goes. */
export interface Target {
  channel: Channel;
  endpointId: string | null;
}

/** Where a notice goes: to the app and by mail, unless its person has switched that off. */
export async function targetsOf(
  { models }: NotifyDatabase,
  { personId, kind }: Pick<Notice, 'personId' | 'kind'>,
): Promise<Target[]> {
  if (isLetter(kind)) return [{ channel: 'email', endpointId: null }];
  const off = await models.preference.findAll({ where: { personId, kind, enabled: false } });
  const isOff = (channel: Channel) => off.some((preference) => preference.channel === channel);
  const channels = (['email', 'inapp'] as const).filter(
    (channel) => !isOff(channel) || (channel === 'email' && isAlwaysMailed(kind)),
  );
  return channels.map((channel) => ({ channel, endpointId: null }));
}
