import { mailAddressSchema, pageOf, preferencesReply, sentSchema } from '../../../lib/replies.ts';
import { z } from 'zod';
import type { Locale } from '../../../lib/contracts.ts';
import { preferenceWishes, type NoticeKind } from '../../../lib/notices.ts';
import { open, personal, type Endpoint } from '../endpoint.ts';
import { unsubscribePage } from '../unsubscribe-page.ts';

const PREFERENCES = '/me/notifications/preferences';
const EMAIL = '/me/notifications/email';

const preferences = personal({
  doc: {
    id: 'getPreferences',
    tag: 'Notifications',
    summary: 'See what you are told of, and how',
    replies: { 200: preferencesReply },
  },
  access: 'session',
  method: 'GET',
  path: PREFERENCES,
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('notify.preferences', { personId }),
  }),
});

const prefer = personal({
  doc: {
    id: 'changePreferences',
    tag: 'Notifications',
    summary: 'Choose what you are told of, and how',
    replies: { 200: preferencesReply },
  },
  access: 'session',
  method: 'PUT',
  path: PREFERENCES,
  body: z.strictObject({ items: preferenceWishes }),
  handle: async ({ call, caller: { personId }, body: { items } }) => ({
    status: 200,
    body: await call('notify.prefer', { personId, items }),
  }),
});

const address = personal({
  doc: {
    id: 'getMailAddress',
    tag: 'Notifications',
    summary: 'See where mail goes, and why it does not',
    replies: { 200: mailAddressSchema },
  },
  access: 'session',
  method: 'GET',
  path: EMAIL,
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('notify.address', { personId }),
  }),
});

const lift = personal({
  doc: {
    id: 'resumeMail',
    tag: 'Notifications',
    summary: 'Have mail sent again to an address that had refused it',
    replies: { 204: null },
  },
  access: 'session',
  method: 'DELETE',
  path: EMAIL,
  handle: async ({ call, caller: { personId } }) => {
    await call('notify.liftSuppression', { personId });
    return { status: 204 };
  },
});

const log = personal({
  doc: {
    id: 'listSent',
    tag: 'Notifications',
    summary: 'List what was sent to you, with every attempt',
    replies: { 200: pageOf(sentSchema) },
  },
  access: 'session',
  method: 'GET',
  path: '/me/notifications/log',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(200).optional(),
  }),
  handle: async ({ call, caller: { personId }, query }) => ({
    status: 200,
    body: await call('notify.log', { personId, ...query }),
  }),
});

interface Unsubscription {
  kind: NoticeKind;
  locale: Locale;
}

/** Programs that check mail follow its links, so that following one only asks. */
const askUnsubscribe = open({
  doc: {
    id: 'askUnsubscribe',
    tag: 'Notifications',
    summary: 'The page behind the link of a mail',
    replies: { 200: { types: ['text/html'], description: 'Asks whether to unsubscribe' } },
    problems: ['not_found'],
  },
  method: 'GET',
  path: '/unsubscribe/:token',
  handle: async ({ call, params, res }) => {
    const about = await call<Unsubscription>('notify.unsubscription', { token: params.token });
    return unsubscribePage(res, { ...about, done: false });
  },
});

/** RFC 8058: a mail program, or the page's button, sends a form that says nothing which the token doesn't. */
const unsubscribe = open({
  doc: {
    id: 'unsubscribe',
    tag: 'Notifications',
    summary: 'Get no more mail of a kind (RFC 8058)',
    content: {
      types: ['application/x-www-form-urlencoded'],
      description: 'Says nothing that the token does not',
    },
    replies: { 200: { types: ['text/html'], description: 'Says that it is done' } },
    problems: ['not_found'],
  },
  method: 'POST',
  path: '/unsubscribe/:token',
  streams: true,
  handle: async ({ call, params, res, req }) => {
    req.resume();
    const about = await call<Unsubscription>('notify.unsubscribe', { token: params.token });
    return unsubscribePage(res, { ...about, done: true });
  },
});

/** The routes of what people are told: their choice, their address, and what was sent. */
export const notificationEndpoints: Endpoint[] = [
  preferences,
  prefer,
  address,
  lift,
  log,
  askUnsubscribe,
  unsubscribe,
];
