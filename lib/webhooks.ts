// What people send to have webhooks, and what they get to see of them; the gateway and `notify` check the same.
import { z } from 'zod';
import { isLetter, notices, type NoticeKind } from './notices.ts';

/** Letters carry secrets, or go to people who are gone: they are no webhook's business. */
export const webhookKinds = (Object.keys(notices) as NoticeKind[]).filter((kind) => !isLetter(kind));
const kindSchema = z.enum(webhookKinds as [NoticeKind, ...NoticeKind[]]);
export type WebhookKind = z.output<typeof kindSchema>;

/** What can be said of a URL without looking its host up. Any port goes; the fragment is not sent, so there is none. */
const target = z
  .string()
  .max(2000)
  .refine((text) => URL.canParse(text), { message: 'This is not a URL', abort: true })
  .transform((text) => new URL(text))
  .refine(({ protocol }) => ['https:', 'http:'].includes(protocol), 'Use https')
  .refine(({ username, password }) => username === '' && password === '', 'Leave the credentials out')
  .refine(({ hash }) => hash === '', 'Leave out the part behind the #')
  .transform(({ href }) => href);

export const webhookFields = z.strictObject({
  url: target,
  kinds: z
    .array(kindSchema)
    .min(1)
    .max(webhookKinds.length)
    .transform((list) => [...new Set(list)]),
});

export const webhookChanges = z.strictObject({
  ...webhookFields.partial().shape,
  enabled: z.boolean().optional(),
});

const time = z.iso.datetime();

/** A webhook as the API shows it. Times are ISO 8601 UTC. */
export const webhookSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    kinds: z.array(kindSchema),
    enabled: z.boolean(),
    disabledReason: z
      .enum(['failing', 'gone'])
      .nullable()
      .describe(
        'Why we have switched it off: every attempt failed, or the endpoint said that it is gone (410)',
      ),
    createdAt: time,
    lastDeliveryAt: time.nullable().describe('When something last arrived'),
    failingSince: time.nullable().describe('Since when every attempt has failed'),
  })
  .meta({ id: 'Webhook' });
export type WebhookJson = z.output<typeof webhookSchema>;

const deliveryTrySchema = z.object({
  at: time,
  statusCode: z.int().nullable(),
  response: z.string().nullable().describe('The first KiB of the answer'),
  error: z.string().nullable().describe('Null when it arrived'),
  durationMs: z.number().min(0),
});
export type DeliveryTryJson = z.output<typeof deliveryTrySchema>;

/** One message to one webhook. */
export const deliverySchema = z
  .object({
    id: z.uuid(),
    eventId: z.uuid().describe('The `webhook-id` that the receiver gets'),
    kind: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    createdAt: time,
    deliveredAt: time.nullable(),
    nextAttemptAt: time.nullable().describe('While it is pending: when it is tried next'),
    tries: z.array(deliveryTrySchema),
  })
  .meta({ id: 'Delivery' });
export type DeliveryJson = z.output<typeof deliverySchema>;
