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
