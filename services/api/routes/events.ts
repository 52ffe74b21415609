import { z } from 'zod';
import type { Authenticate } from '../authenticate.ts';
import { personal, type Endpoint } from '../endpoint.ts';
import type { Hub } from '../events/hub.ts';

interface EventDependencies {
  /** Made when the service starts. */
  hub: () => Hub;
  authenticate: Authenticate;
}

/** Live events (server-sent events, as the HTML standard has them). */
export function eventEndpoints({ hub, authenticate }: EventDependencies): Endpoint[] {
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
    path: '/events',
    query: z.object({ lastEventId: z.string().max(8000).optional() }),
    handle: ({ req, res, caller, query, call }) => {
      const header = req.headers['last-event-id'];
      const lastEventId = typeof header === 'string' ? header : (query.lastEventId ?? '');
      hub().open({
        personId: caller.personId,
        res,
        lastEventId,
        check: () => authenticate(req, call),
      });
      return Promise.resolve('sent' as const);
    },
  });
  return [listen];
}
