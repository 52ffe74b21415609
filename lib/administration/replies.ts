import { z } from 'zod';
import { localeSchema, mediaSchema, statusSchema } from '../contracts.ts';
import { recipeSchema } from '../recipe.ts';
import { deedEntrySchema } from './deeds.ts';
import { quotaOverrides, topicSchema } from './requests.ts';

// What administrators get. Times are ISO 8601 UTC, sizes in bytes.

const time = z.iso.datetime();
const count = z.int().min(0);
const page = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
const all = <Item extends z.ZodType>(item: Item) => z.strictObject({ items: z.array(item) });

/** One extraction in a list. */
const jobSummary = z.strictObject({
  id: z.uuid(),
  videoId: z.uuid(),
  personId: z.uuid(),
  filename: z.string(),
  status: statusSchema,
  progress: z.int().min(0).max(100),
  /** How often it was claimed. */
  attempts: count,
  /** How often an attempt has failed. */
  failedAttempts: count,
  worker: z.string().nullable(),
  leaseUntil: time.nullable(),
  /** Not before this moment it is claimed. */
  runAt: time,
  errorCode: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});
export type JobSummary = z.output<typeof jobSummary>;

const range = z.strictObject({
  number: count,
  first: count,
  count,
  attempts: count,
  worker: z.string().nullable(),
  leaseUntil: time.nullable(),
  stored: z.boolean(),
  /** A worker has found that the video can't be read in parts. */
  refused: z.boolean(),
});

const event = z.strictObject({
  id: z.uuid(),
  topic: topicSchema,
  createdAt: time,
  sentAt: time.nullable(),
  settledAt: time.nullable(),
});

/** All that is known of one extraction. */
export const jobStory = jobSummary.extend({
  recipe: recipeSchema,
  source: z.strictObject({
    key: z.string(),
    size: count,
    sha256: z.string(),
    contentType: z.string(),
    removedAt: time.nullable(),
  }),
  media: mediaSchema.nullable(),
  frameCount: count.nullable(),
  warnings: z.array(z.string()),
  archive: z.strictObject({ key: z.string(), size: count, sha256: z.string() }).nullable(),
  expiresAt: time.nullable(),
  /** The extractions of its video, newest first. */
  siblings: z.array(z.strictObject({ id: z.uuid(), status: statusSchema, createdAt: time })),
  ranges: z.array(range),
  /** What was, or is to be, announced of it in the last day. */
  events: z.array(event),
});
export type JobStory = z.output<typeof jobStory>;
export const jobPage = page(jobSummary);
export type JobPage = z.output<typeof jobPage>;

/** A person as administrators see them. */
export const personRecord = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  name: z.string().nullable(),
  locale: localeSchema,
  role: z.enum(['user', 'admin']),
  emailVerified: z.boolean(),
  secondFactor: z.boolean(),
  createdAt: time,
  /** Since when the account is closed to its person; null when it is open. */
  disabledAt: time.nullable(),
  sessions: count,
  apiKeys: count,
  lastUsedAt: time.nullable(),
});
export type PersonRecord = z.output<typeof personRecord>;
export const peoplePage = page(personRecord);
export type PeoplePage = z.output<typeof peoplePage>;

/** What one person may have, and why. */
export const quotaReport = z.strictObject({
  personId: z.uuid(),
  /** Everyone's. */
  defaults: z.strictObject({
    storedBytes: count,
    videosPerDay: count,
    concurrentUploads: count,
    fileBytes: count,
  }),
  /** This person's own; null where everyone's holds. */
  overrides: quotaOverrides,
  setAt: time.nullable(),
  setBy: z.string().nullable(),
  used: z.strictObject({ storedBytes: count, videosPerDay: count, concurrentUploads: count }),
});
export type QuotaReport = z.output<typeof quotaReport>;

const waitingAndFailed = z.strictObject({ waiting: count, failed: count });
/** How much mail, and how many webhooks, are on their way, or were given up in the last week. */
const notificationCounts = z.strictObject({ email: waitingAndFailed, webhook: waitingAndFailed });
export type NotificationCounts = z.output<typeof notificationCounts>;

/** How much waits where. */
const workReport = z.strictObject({
  topics: z.array(z.strictObject({ topic: topicSchema, waiting: count, retrying: count, dead: count })),
  /** Extractions: `due` may be claimed now, `lost` have a lease that has run out. */
  jobs: z.strictObject({ queued: count, due: count, processing: count, lost: count }),
  /** Events: not yet published; published and not yet confirmed. */
  outbox: z.strictObject({ unsent: count, unsettled: count }),
  /** Objects that are to be deleted now. */
  doomedObjects: count,
});
export type WorkReport = z.output<typeof workReport>;
export const queueReport = workReport.extend({ notifications: notificationCounts });

/** A message that was given up; see lib/queue/work-queue.ts. */
export const deadLetter = z.strictObject({
  topic: topicSchema,
  id: z.string(),
  message: z.unknown(),
  valid: z.boolean(),
  reason: z.string(),
  diedAt: time.nullable(),
  deliveries: count.nullable(),
});
export const deadLetters = all(deadLetter);
/** How many things a deed was done to. */
export const counted = z.strictObject({ count });

/** Whether a process takes work, and how many messages it has in hand. */
export const workState = z.strictObject({ paused: z.boolean(), inHand: count });
export type WorkState = z.output<typeof workState>;

/** One process of the system. */
const nodeReport = z.strictObject({
  id: z.string(),
  hostname: z.string(),
  /** Whether it has been heard of lately. */
  available: z.boolean(),
  /** Of the system; null where a process doesn't tell. */
  version: z.string().nullable(),
  uptimeSeconds: count.nullable(),
  /** Of its machine, in percent. */
  cpu: z.number().nullable(),
  services: z.array(z.string()),
  /** Of its processor; null where it has none, or doesn't answer. */
  work: workState.nullable(),
});
export type NodeReport = z.output<typeof nodeReport>;
export const nodeList = all(nodeReport);

/** What goes, or would go: all of it counted, the first things by name. */
export const retentionReport = z.strictObject({
  dryRun: z.boolean(),
  count,
  bytes: count,
  items: z.array(
    z.strictObject({
      what: z.string(),
      id: z.string(),
      key: z.string().nullable(),
      size: count.nullable(),
      reason: z.string(),
      expiredAt: time.nullable(),
    }),
  ),
});
export type RetentionReport = z.output<typeof retentionReport>;

export const deedPage = page(deedEntrySchema);
export type DeedPage = z.output<typeof deedPage>;
