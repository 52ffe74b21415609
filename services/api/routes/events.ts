import { z } from 'zod';
import type { Authenticate } from '../authenticate.ts';
import { personal, type Endpoint } from '../endpoint.ts';
import type { Hub } from '../events/hub.ts';
import type { Places } from '../places/places.ts';

interface EventDependencies {
  /** Made when the service starts. */
  hub: () => Hub;
  authenticate: Authenticate;
  places: () => Places;
}

/** Its streams have limits of their own. */
export const EVENTS_PATH = '/events';

/** Live events (server-sent events, as the HTML standard has them). */
export function eventEndpoints({ hub, authenticate, places }: EventDependencies): Endpoint[] {
  const listen = personal({
    doc: {
      id: 'listen',
      tag: 'Events',
      summary: 'Hear of each change of your videos and notifications as it happens',
      description:
        'Server-sent events. `video`: a video as `GET /video/{id}` answers; `video_removed`: `{id}`; `notification`: as in `GET /me/notifications`; `reset`: load everything again, as at the beginning of each stream. Comments are heartbeats. Come back with the last id.',
      replies: {
        200: { types: ['text/event-stream'], description: 'Events until either side ends the stream' },
      },
      headers: { 'Last-Event-ID': z.string().max(8000).optional() },
      problems: ['too_many_requests'],
    },
    method: 'GET',
    path: EVENTS_PATH,
    query: z.object({ lastEventId: z.string().max(8000).optional() }),
    handle: async ({ req, res, caller: { personId }, origin: { address }, query, call }) => {
      const header = req.headers['last-event-id'];
      const lastEventId = typeof header === 'string' ? header : (query.lastEventId ?? '');
      await hub().open({
        ...{ personId, res, lastEventId },
        hold: () => places().take({ kind: 'streams', personId, address }),
        check: () => authenticate(req, call),
      });
      return 'sent' as const;
    },
  });
  return [listen];
}
