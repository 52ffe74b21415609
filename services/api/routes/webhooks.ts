import { pageOf } from '../../../lib/replies.ts';
import { z } from 'zod';
import type { DeliveryJson, WebhookJson } from '../../../lib/webhooks.ts';
import { deliverySchema, webhookChanges, webhookFields, webhookSchema } from '../../../lib/webhooks.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';

const withSecret = z.object({ secret: z.string().describe('Signs messages: Standard Webhooks') });
type WithSecret = WebhookJson & z.output<typeof withSecret>;

const begun = z.object({ deliveryId: z.uuid() });

const list = personal({
  doc: {
    id: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List your webhooks',
    replies: { 200: z.object({ items: z.array(webhookSchema) }) },
  },
  method: 'GET',
  path: '/me/webhooks',
  access: 'session',
  handle: async ({ call, caller }) => ({
    status: 200,
    body: await call<{ items: WebhookJson[] }>('notify.listWebhooks', { personId: caller.personId }),
  }),
});

const create = personal({
  doc: {
    id: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Have a program told',
    description: 'The secret is told once, in this answer.',
    replies: { 201: webhookSchema.extend(withSecret.shape).meta({ id: 'NewWebhook' }) },
    problems: ['forbidden_target', 'too_many_webhooks'],
  },
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
  doc: {
    id: 'changeWebhook',
    tag: 'Webhooks',
    summary: 'Change a webhook, or switch it on or off',
    replies: { 200: webhookSchema },
    problems: ['not_found', 'forbidden_target'],
  },
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
  doc: {
    id: 'deleteWebhook',
    tag: 'Webhooks',
    summary: 'Delete a webhook',
    replies: { 204: null },
    problems: ['not_found'],
  },
  method: 'DELETE',
  path: '/me/webhooks/:id',
  access: 'session',
  handle: async (request) => {
    await request.call('notify.removeWebhook', own(request));
    return { status: 204 };
  },
});

const rotate = personal({
  doc: {
    id: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Make a new secret; the old one signs along for a day',
    replies: { 200: withSecret },
    problems: ['not_found'],
  },
  method: 'POST',
  path: '/me/webhooks/:id/rotate',
  access: 'session',
  handle: async (request) => ({
    status: 200,
    body: await request.call<{ secret: string }>('notify.rotateWebhookSecret', own(request)),
  }),
});

const test = personal({
  doc: {
    id: 'testWebhook',
    tag: 'Webhooks',
    summary: 'Send a test',
    replies: { 202: begun },
    problems: ['not_found', 'invalid_state', 'too_many_requests'],
  },
  method: 'POST',
  path: '/me/webhooks/:id/test',
  access: 'session',
  handle: async (request) => ({
    status: 202,
    body: await request.call<{ deliveryId: string }>('notify.testWebhook', own(request)),
  }),
});

const deliveries = personal({
  doc: {
    id: 'listDeliveries',
    tag: 'Webhooks',
    summary: 'List what was sent to a webhook, with every attempt',
    replies: { 200: pageOf(deliverySchema) },
    problems: ['not_found'],
  },
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
  doc: {
    id: 'replayDelivery',
    tag: 'Webhooks',
    summary: 'Send a message once more, with the same id',
    replies: { 202: begun },
    problems: ['not_found', 'invalid_state'],
  },
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
