// What people send to have webhooks, and what they get to see of them; the gateway and `notify` check the same.
import { z } from 'zod';
import { isLetter, notices, type NoticeKind } from './notices.ts';

/** Letters carry secrets, or go to people who are gone: they are no webhook's business. */
const kinds = (Object.keys(notices) as NoticeKind[]).filter((kind) => !isLetter(kind));
const kindSchema = z.enum(kinds as [NoticeKind, ...NoticeKind[]]);
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
    .max(kinds.length)
    .transform((list) => [...new Set(list)]),
});

export const webhookChanges = z.strictObject({
  ...webhookFields.partial().shape,
  enabled: z.boolean().optional(),
});

/** A webhook as the API shows it. Times are ISO 8601 UTC. */
export interface WebhookJson {
  id: string;
  url: string;
  kinds: WebhookKind[];
  enabled: boolean;
  /** Why we have switched it off: every attempt failed, or the endpoint said that it is gone. Else null. */
  disabledReason: 'failing' | 'gone' | null;
  createdAt: string;
  /** When something last arrived. */
  lastDeliveryAt: string | null;
  /** Since when every attempt has failed. */
  failingSince: string | null;
}

/** One message to one webhook. */
export interface DeliveryJson {
  id: string;
  /** The `webhook-id` that the receiver gets. */
  eventId: string;
  kind: string;
  status: 'pending' | 'delivered' | 'failed';
  createdAt: string;
  deliveredAt: string | null;
  /** While it is pending: when it is tried next. */
  nextAttemptAt: string | null;
  tries: DeliveryTryJson[];
}

export interface DeliveryTryJson {
  at: string;
  statusCode: number | null;
  /** The first KiB of the answer. */
  response: string | null;
  /** Null when it arrived. */
  error: string | null;
  durationMs: number;
}
