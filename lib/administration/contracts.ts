import { z } from 'zod';
import { statusSchema, topics, type Media, type Person, type Status, type Topic } from '../contracts.ts';
import type { Recipe } from '../recipe.ts';
import { actorSchema } from './deeds.ts';

// What administrators ask and get; the gateway, the REPL and the services check the same.

const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
};
const seconds = z.coerce.number().int().min(0).max(1_000_000_000).optional();

/** Which extractions to list; ages count from their creation. */
export const jobQuery = z.strictObject({
  ...page,
  status: statusSchema.optional(),
  personId: z.uuid().optional(),
  /** Only those that are at least so old. */
  minAgeSeconds: seconds,
  /** Only those that are at most so old. */
  maxAgeSeconds: seconds,
});

/** An extraction, or the newest one of a video, by id. */
export const jobReference = z.strictObject({ id: z.string().max(200) });
export const jobDeed = jobReference.extend({ by: actorSchema });

/** One extraction in a list. Times are ISO 8601. */
export interface JobSummary {
  id: string;
  videoId: string;
  personId: string;
  filename: string;
  status: Status;
  progress: number;
  /** How often it was claimed, and how often an attempt has failed. */
  attempts: number;
  failedAttempts: number;
  worker: string | null;
  leaseUntil: string | null;
  /** Not before this moment it is claimed. */
  runAt: string;
  errorCode: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** All that is known of one extraction. Sizes are in bytes. */
export interface JobStory extends JobSummary {
  recipe: Recipe;
  source: { key: string; size: number; sha256: string; contentType: string; removedAt: string | null };
  media: Media | null;
  frameCount: number | null;
  warnings: string[];
  archive: { key: string; size: number; sha256: string } | null;
  expiresAt: string | null;
  /** The extractions of its video, newest first. */
  siblings: { id: string; status: Status; createdAt: string }[];
  ranges: {
    number: number;
    first: number;
    count: number;
    attempts: number;
    worker: string | null;
    leaseUntil: string | null;
    stored: boolean;
    refused: boolean;
  }[];
  /** What was, or is to be, announced of it in the last day. */
  events: {
    id: string;
    topic: Topic;
    createdAt: string;
    sentAt: string | null;
    settledAt: string | null;
  }[];
}

export const topicSchema = z.enum(Object.keys(topics) as [Topic, ...Topic[]]);
export const deadLetterQuery = z.strictObject({
  topic: topicSchema.optional(),
  limit: page.limit,
});
export const deadLetterReference = z.strictObject({ topic: topicSchema, id: z.string().min(1).max(200) });
/** Without an id: all of the topic. */
export const deadLetterDeed = z.strictObject({
  topic: topicSchema,
  id: z.string().min(1).max(200).optional(),
  by: actorSchema,
});

/** How much waits where. */
export interface QueueReport {
  topics: { topic: Topic; waiting: number; retrying: number; dead: number }[];
  /** Extractions: `due` may be claimed now, `lost` have a lease that has run out. */
  jobs: { queued: number; due: number; processing: number; lost: number };
  /** Events: not yet published; published and not yet confirmed. */
  outbox: { unsent: number; unsettled: number };
  /** Objects that are to be deleted now. */
  doomedObjects: number;
}

export const retentionQuery = z.strictObject({
  /** How many of the things are listed; all are counted. */
  limit: z.coerce.number().int().min(0).max(1000).default(100),
});
export const retentionSchema = retentionQuery.extend({
  /** Tell what would go, and delete nothing. */
  dryRun: z.boolean().default(true),
  by: actorSchema.default('operator'),
});

/** One limit of a person's, or null for everyone's. */
const limit = (max: number) => z.int().min(0).max(max).nullable().default(null);
/** Limits that hold for one person; null, or left out, is everyone's. Sizes in bytes. */
export const quotaOverrides = z.strictObject({
  storedBytes: limit(Number.MAX_SAFE_INTEGER),
  videosPerDay: limit(1_000_000_000),
  concurrentUploads: limit(1_000_000),
  fileBytes: limit(Number.MAX_SAFE_INTEGER),
});
export type QuotaOverrides = z.output<typeof quotaOverrides>;
export const quotaReference = z.strictObject({ personId: z.uuid() });
export const quotaDeed = quotaReference.extend({ overrides: quotaOverrides.nullable(), by: actorSchema });

/** What one person may have, and why. */
export interface QuotaReport {
  personId: string;
  /** Everyone's. */
  defaults: Record<keyof QuotaOverrides, number>;
  /** This person's own; null where everyone's holds. */
  overrides: QuotaOverrides;
  setAt: string | null;
  setBy: string | null;
  used: { storedBytes: number; videosPerDay: number; concurrentUploads: number };
}

export const peopleQuery = z.strictObject({
  ...page,
  /** Part of the e-mail address or the name. */
  search: z.string().trim().max(254).optional(),
  role: z.enum(['user', 'admin']).optional(),
  disabled: z.boolean().optional(),
});
/** A person by id or by e-mail address. */
export const personReference = z.strictObject({
  personId: z.uuid().optional(),
  email: z.string().trim().max(254).optional(),
});
export const personDeed = personReference.extend({ by: actorSchema });
export const disabling = personDeed.extend({ disabled: z.boolean() });

/** A person as administrators see them. Times are ISO 8601. */
export interface PersonRecord extends Person {
  /** Since when the account is closed to its person; null when it is open. */
  disabledAt: string | null;
  sessions: number;
  apiKeys: number;
  lastUsedAt: string | null;
}

/** How much mail, and how many webhooks, are on their way, or were given up in the last week. */
export interface NotificationCounts {
  email: { waiting: number; failed: number };
  webhook: { waiting: number; failed: number };
}

/** Whether a process takes work, and how many messages it has in hand. */
export interface WorkState {
  paused: boolean;
  inHand: number;
}

/** One process of the system. */
export interface NodeReport {
  id: string;
  hostname: string;
  /** Whether it has been heard of lately. */
  available: boolean;
  /** Of the system; null where a process doesn't tell. */
  version: string | null;
  uptimeSeconds: number | null;
  /** Of its machine, in percent. */
  cpu: number | null;
  services: string[];
  /** Of its processor; null where it has none, or doesn't answer. */
  work: WorkState | null;
}
