import { z } from 'zod';
import { statusSchema, topics, type Topic } from '../contracts.ts';
import { actorSchema } from './deeds.ts';

// What administrators ask; the gateway, the REPL and the services check the same.

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
export const jobReference = z.strictObject({ id: z.string() });
export const jobDeed = jobReference.extend({ by: actorSchema });

export const topicSchema = z.enum(Object.keys(topics) as [Topic, ...Topic[]]);
export const deadLetterQuery = z.strictObject({
  topic: topicSchema.optional(),
  limit: page.limit,
});
/** Of a message. It stands in the log of deeds, which can't keep every character. */
export const deadLetterId = z.string().regex(/^[\x20-\x7e]{1,200}$/);
export const deadLetterReference = z.strictObject({ topic: topicSchema, id: deadLetterId });
/** Without an id: all of the topic. */
export const deadLetterDeed = z.strictObject({
  topic: topicSchema,
  id: deadLetterId.optional(),
  by: actorSchema,
});

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
