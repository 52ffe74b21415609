import type { NotificationJson } from '../../../lib/contracts.ts';
import type { Call } from '../endpoint.ts';
import type { EventSource } from './source.ts';

/** What a person is told in the app: new ones, and those that were read elsewhere. */
export function createNotificationSource(call: Call): EventSource {
  return {
    name: 'notifications',
    changes: (after) => call('notify.changes', { after }),
    missed: (people) => call('notify.missed', { people }),
    load: async (wanted) => {
      const found = await call<{ items: NotificationJson[] }>('notify.manyInApp', {
        wanted: wanted.map(({ subjectId, personId }) => ({ id: subjectId, personId })),
      });
      const notifications = new Map(found.items.map((item) => [item.id, item]));
      return wanted.map(({ subjectId }) => {
        const it = notifications.get(subjectId);
        return it ? { name: 'notification', json: JSON.stringify(it) } : null;
      });
    },
  };
}
