import { notificationSchema } from '../../../lib/contracts.ts';
import { pageOf } from '../../../lib/replies.ts';
import { z } from 'zod';
import { personal, type Endpoint } from '../endpoint.ts';

const list = personal({
  doc: {
    id: 'listNotifications',
    tag: 'Notifications',
    summary: 'List what you were told in the app, newest first',
    replies: { 200: pageOf(notificationSchema).extend({ unread: z.int().min(0).describe('At most 100') }) },
  },
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
  doc: {
    id: 'markNotificationsRead',
    tag: 'Notifications',
    summary: 'Mark as read all up to one, or all',
    replies: { 204: null },
    problems: ['not_found'],
  },
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
