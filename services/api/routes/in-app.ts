import { z } from 'zod';
import { personal, type Endpoint } from '../endpoint.ts';

const list = personal({
  method: 'GET',
  path: '/me/notifications',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z.string().max(100).optional(),
  }),
  handle: async ({ call, caller: { personId }, query }) => ({
    status: 200,
    body: await call('notify.listInApp', { personId, ...query }),
  }),
});

const read = personal({
  method: 'POST',
  path: '/me/notifications/read',
  body: z.strictObject({ upTo: z.uuid().nullable() }),
  handle: async ({ call, caller: { personId }, body }) => {
    await call('notify.readInApp', { personId, ...body });
    return { status: 204 };
  },
});

/** What a person is told in the app. */
export const inAppEndpoints: Endpoint[] = [list, read];
