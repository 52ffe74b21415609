import { z } from 'zod';
import type { DeliveryJson, WebhookJson } from '../../../lib/webhooks.ts';
import { webhookChanges, webhookFields } from '../../../lib/webhooks.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';

type WithSecret = WebhookJson & { secret: string };

const list = personal({
  method: 'GET',
  path: '/me/webhooks',
  access: 'session',
  handle: async ({ call, caller }) => ({
    status: 200,
    body: await call<{ items: WebhookJson[] }>('notify.listWebhooks', { personId: caller.personId }),
  }),
});

const create = personal({
  method: 'POST',
  path: '/me/webhooks',
  access: 'session',
  body: webhookFields,
  handle: async ({ call, caller, body }) => ({
    status: 201,
    body: await call<WithSecret>('notify.createWebhook', { personId: caller.personId, ...body }),
  }),
});

const change = personal({
  method: 'PATCH',
  path: '/me/webhooks/:id',
  access: 'session',
  body: webhookChanges,
  handle: async (request) => ({
    status: 200,
    body: await request.call<WebhookJson>('notify.changeWebhook', { ...own(request), ...request.body }),
  }),
});

const remove = personal({
  method: 'DELETE',
  path: '/me/webhooks/:id',
  access: 'session',
  handle: async (request) => {
    await request.call('notify.removeWebhook', own(request));
    return { status: 204 };
  },
});

const rotate = personal({
  method: 'POST',
  path: '/me/webhooks/:id/rotate',
  access: 'session',
  handle: async (request) => ({
    status: 200,
    body: await request.call<{ secret: string }>('notify.rotateWebhookSecret', own(request)),
  }),
});

const test = personal({
  method: 'POST',
  path: '/me/webhooks/:id/test',
  access: 'session',
  handle: async (request) => ({
    status: 202,
    body: await request.call<{ deliveryId: string }>('notify.testWebhook', own(request)),
  }),
});

const deliveries = personal({
  method: 'GET',
  path: '/me/webhooks/:id/deliveries',
  access: 'session',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z.string().max(200).optional(),
  }),
  handle: async (request) => ({
    status: 200,
    body: await request.call<{ items: DeliveryJson[]; nextCursor: string | null }>('notify.listDeliveries', {
      ...own(request),
      ...request.query,
    }),
  }),
});

const replay = personal({
  method: 'POST',
  path: '/me/webhooks/:id/deliveries/:deliveryId/replay',
  access: 'session',
  handle: async (request) => ({
    status: 202,
    body: await request.call<{ deliveryId: string }>('notify.replayDelivery', {
      ...own(request),
      deliveryId: request.params.deliveryId,
    }),
  }),
});

export const webhookEndpoints: Endpoint[] = [list, create, change, remove, rotate, test, deliveries, replay];
