// What people are told of. The kinds and their contents are a contract: webhooks, preferences and letters are named by them.
import { z } from 'zod';
import { topics } from './contracts.ts';
import { storable } from './storable.ts';

const { videoId, extractionId, frameCount, archiveSize } = topics['video.processed'].shape;
const { code } = topics['video.failed'].shape;
const text = z.string().transform(storable);

const video = { videoId, extractionId, filename: text };
const processed = z.object({ ...video, frameCount, archiveSize, warnings: z.array(text) });

/** When and from where something happened to an account; `name` is what it happened to. */
const incident = z.strictObject({
  at: z.iso.datetime(),
  address: text.pipe(z.string().max(100)).nullable().default(null),
  userAgent: text.pipe(z.string().max(500)).nullable().default(null),
  name: text.pipe(z.string().max(200)).nullable().default(null),
});

/** Names the row of `auth` whose token the letter carries; the token itself is asked for when the letter is sent. */
const tokenReference = z.strictObject({ tokenId: z.uuid() });

/** Every kind of notice and what its data holds. */
export const notices = {
  'video.processed': processed,
  'video.processed_with_warnings': processed,
  'video.failed': z.object({ ...video, code }),
  'quota.nearly_used': z.strictObject({
    name: z.enum(['storedBytes', 'videosPerDay']),
    used: z.number().min(0),
    limit: z.number().min(0),
  }),
  'security.new_login': incident,
  'security.password_changed': incident,
  'security.password_reset': incident,
  'security.sessions_ended': incident,
  'security.second_factor_enabled': incident,
  'security.second_factor_disabled': incident,
  'security.recovery_code_used': incident,
  'security.api_key_created': incident,
  'security.webhook_disabled': incident,
  'account.verify': tokenReference,
  'account.reset': tokenReference,
  'account.deleted': z.strictObject({}),
} as const;

export type NoticeKind = keyof typeof notices;

const kinds = Object.keys(notices) as [NoticeKind, ...NoticeKind[]];
const noticeKindSchema = z.enum(kinds);

/** A letter goes to its person by mail whatever they prefer, and nowhere else. */
export const isLetter = (kind: NoticeKind): boolean => kind.startsWith('account.');
/** What happens to an account is always mailed, too: whoever has taken it over must not be able to switch that off. */
export const isAlwaysMailed = (kind: NoticeKind): boolean => isLetter(kind) || kind.startsWith('security.');

/** The kinds that people can choose about, in the order in which they are shown. */
export const choosableKinds = kinds.filter((kind) => !isLetter(kind)) as [NoticeKind, ...NoticeKind[]];

/** What a person wants to be told of, and how; what is not named stays as it is. */
export const preferenceWishes = z
  .array(
    z.strictObject({
      kind: z.enum(choosableKinds, 'This kind can’t be chosen'),
      email: z.boolean().optional(),
      inapp: z.boolean().optional(),
    }),
  )
  .max(100)
  .superRefine((items, context) => {
    items.forEach(({ kind, email }, place) => {
      if (email !== false || !isAlwaysMailed(kind)) return;
      const message = 'Messages about the safety of an account are always mailed';
      context.addIssue({ code: 'custom', path: [place, 'email'], message });
    });
  });

/** What `notify.tell` takes. */
export const noticeSchema = z.strictObject({
  /** The key of doing it once: the same in every repetition. */
  eventId: z.uuid(),
  personId: z.uuid(),
  kind: noticeKindSchema,
  data: z.record(z.string(), z.unknown()),
  /** Where a letter goes when its person is gone by then. */
  to: z.string().max(254).optional(),
  /** The language of that letter. */
  locale: z.enum(['en', 'pt-BR']).optional(),
});
export type Notice = z.output<typeof noticeSchema>;
