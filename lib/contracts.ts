import { z } from 'zod';
import type { Recipe } from './recipe.ts';

/** The languages the system speaks to people. */
export const localeSchema = z.enum(['en', 'pt-BR']);
export type Locale = z.output<typeof localeSchema>;

/** The life of one extraction; the transitions are in `services/video/transitions.ts`. */
export const statusSchema = z.enum(['queued', 'processing', 'completed', 'failed', 'canceled', 'expired']);
export type Status = z.output<typeof statusSchema>;

/** What a probe found in the source. `frameRate` is the average, in frames per second. */
export const mediaSchema = z.strictObject({
  durationSeconds: z.number().min(0),
  width: z.int().min(1),
  height: z.int().min(1),
  codec: z.string(),
  frameRate: z.number().min(0),
});
export type Media = z.output<typeof mediaSchema>;

const eventFields = {
  /** The event's id: the same in every redelivery, hence the key for doing its work once. */
  id: z.uuid(),
  videoId: z.uuid(),
  extractionId: z.uuid(),
  personId: z.uuid(),
};

/**
 * The durable work queues and the messages on them. A message is small JSON; the database is the truth and the message
 * only the wake-up call.
 */
export const topics = {
  'video.uploaded': z.strictObject(eventFields),
  'video.processed': z.strictObject({
    ...eventFields,
    filename: z.string(),
    frameCount: z.int().min(0),
    archiveSize: z.int().min(0),
    warnings: z.array(z.string()),
  }),
  'video.failed': z.strictObject({ ...eventFields, filename: z.string(), code: z.string() }),
} as const;

export type Topic = keyof typeof topics;
export type Message<T extends Topic = Topic> = z.output<(typeof topics)[T]>;

/** What `video.claim` hands to a worker: everything it needs to run one attempt. */
export interface Job {
  extractionId: string;
  videoId: string;
  /** Fences the attempt: a late worker with an older number changes nothing. */
  attempt: number;
  leaseSeconds: number;
  recipe: Recipe;
  source: { key: string; filename: string; size: number; sha256: string };
  /** Where the archive goes; the key contains the attempt. */
  archiveKey: string;
}

/** A person as other services and the person themselves see them. */
export interface Person {
  id: string;
  email: string;
  name: string | null;
  locale: Locale;
  role: 'user' | 'admin';
  createdAt: string;
}

/** Who is calling, from a verified access token. */
export interface Caller {
  personId: string;
  role: Person['role'];
}

/** One run of one recipe over one video, as the API shows it. Times are ISO 8601 UTC. */
export interface ExtractionJson {
  id: string;
  status: Status;
  progress: number;
  recipe: Recipe;
  frameCount: number | null;
  archive: { size: number; sha256: string; url: string } | null;
  warnings: string[];
  error: { code: string; message: string } | null;
  attempts: number;
  queuePosition: number | null;
  etaSeconds: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  expiresAt: string | null;
}

/** A video as the API shows it; the top level mirrors its newest extraction. */
export interface VideoJson extends ExtractionJson {
  filename: string;
  size: number;
  contentType: string;
  sha256: string;
  media: Media | null;
  extractions: ExtractionJson[];
}

/** Where an archive is and what it is called, as `video.archive` answers. */
export interface ArchiveLocation {
  key: string;
  size: number;
  sha256: string;
  filename: string;
  finishedAt: string;
}
