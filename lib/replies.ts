// What the API answers beside the things that have a module of their own; the types are those of the services, too.
import { z } from 'zod';
import { downloadLinkSchema } from './contracts.ts';
import { choosableKinds } from './notices.ts';

const time = z.iso.datetime();

/** A page of a list, and where the next one begins. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Ask with it for the next page; null at the end'),
  });

/** What a person gets for logging in (RFC 6749, section 5.1). */
export const tokenPairSchema = z
  .object({
    accessToken: z.string(),
    refreshToken: z.string().describe('Works once, for the next pair'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().min(1).describe('The access token’s life, in seconds'),
  })
  .meta({ id: 'Tokens' });
export type TokenPair = z.output<typeof tokenPairSchema>;

/** A login that goes on, as its person sees it. */
export const sessionSchema = z
  .object({
    id: z.uuid(),
    createdAt: time,
    lastUsedAt: time.describe(
      'When it was refreshed last: at most an access token’s life before its last request',
    ),
    expiresAt: time,
    userAgent: z.string().nullable(),
    address: z.string().nullable(),
    current: z.boolean().describe('Whether the request that asks belongs to it'),
  })
  .meta({ id: 'Session' });
export type SessionJson = z.output<typeof sessionSchema>;

/** An entry of the audit log as its person sees it. */
export const securityEventSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    at: time.describe('Of the first one when several are counted together'),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'SecurityEvent' });
export type SecurityEventJson = z.output<typeof securityEventSchema>;

/** How an authenticator app gets a new second factor. */
export const enrolmentSchema = z.object({
  secret: z.string().describe('In Base32, for typing'),
  uri: z.string().describe('otpauth://'),
  qr: z.string().describe('The URI as a QR code, in SVG'),
});
export type Enrolment = z.output<typeof enrolmentSchema>;

export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });

const share = z.object({ used: z.number().min(0), limit: z.number().min(0) });

/** What a person has of what they may have; sizes in bytes. */
export const usageSchema = z
  .object({
    storedBytes: share,
    videosPerDay: share.extend({ resetsAt: time }),
    concurrentUploads: share,
    fileBytes: z.object({ limit: z.number().min(0) }),
  })
  .meta({ id: 'Usage' });
export type Usage = z.output<typeof usageSchema>;

const channelSwitch = z.object({
  enabled: z.boolean(),
  locked: z.boolean().describe('It stays on'),
});

/** What a person is told of, and how. */
export const preferencesReply = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(choosableKinds),
        channels: z.object({ email: channelSwitch, inapp: channelSwitch }),
      }),
    ),
  })
  .meta({ id: 'Preferences' });

/** Where mail goes, and why it does not. */
export const mailAddressSchema = z.object({
  address: z.string(),
  suppressed: z.object({ reason: z.enum(['refused', 'bounced', 'complaint']), at: time }).nullable(),
});

/** What was sent to a person, with every attempt. */
export const sentSchema = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    channel: z.enum(['email', 'webhook', 'inapp']),
    status: z.enum(['pending', 'sent', 'failed', 'refused']),
    createdAt: time,
    sentAt: time.nullable(),
    lastError: z.string().nullable(),
    tries: z.array(
      z.object({
        at: time,
        outcome: z.enum(['sent', 'failed', 'refused']),
        detail: z.string().nullable(),
        durationMs: z.number().min(0),
      }),
    ),
  })
  .meta({ id: 'SentMessage' });

/** A frame, while it runs or in its archive. */
const frameSchema = z
  .object({
    index: z.int().min(1),
    timeSeconds: z.number(),
    size: z.int().min(1).describe('In bytes'),
    url: z.string(),
    file: z.string().optional().describe('Its name in the archive'),
    width: z.int().optional(),
    height: z.int().optional(),
    sourceIndex: z.int().min(0).optional().describe('Which frame of the source it is, from 0'),
  })
  .meta({ id: 'Frame' });

export const framePageSchema = z.object({
  items: z.array(frameSchema),
  total: z.int().min(0),
  complete: z.boolean().describe('False while the extraction runs: there may be more'),
  nextCursor: z.int().nullable(),
});

/** A link is told with its URL once, when it is made. */
export const linkSchema = downloadLinkSchema
  .extend({ url: z.string().nullable().describe('Only in the answer that made it') })
  .meta({ id: 'DownloadLink' });

/** What a person has of some bytes. */
export const knownSourceSchema = z.object({
  exists: z.boolean(),
  video: z.object({ id: z.uuid(), filename: z.string(), createdAt: time }).nullable(),
});
export type KnownSource = z.output<typeof knownSourceSchema>;

/** Where each part of a file goes, by PUT. */
export const uploadPlanSchema = z
  .object({
    id: z.uuid().describe('That of the video which it becomes'),
    expiresAt: time,
    partSize: z.int().min(1).describe('Of all parts but the last, in bytes'),
    parts: z.array(
      z.object({
        number: z.int().min(1),
        url: z.string(),
        size: z.int().min(1),
        etag: z.string().nullish().describe('Of a part that has arrived'),
      }),
    ),
  })
  .meta({ id: 'UploadPlan' });
export type UploadPlan = z.output<typeof uploadPlanSchema>;

export const exportLinkSchema = z.object({
  url: z.string().describe('Works once'),
  expiresAt: time,
});
