import { z } from 'zod';
import { recipeSchema, type Recipe } from './recipe.ts';
import { carrierSchema, type Carrier } from './tracing/trace.ts';

/** A SHA-256 as people and programs write it; kept in lowercase. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'Use 64 hexadecimal digits')
  .toLowerCase();

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

/** A small picture of many frames, and what is where on it. */
export const previewSchema = z.strictObject({
  key: z.string(),
  size: z.int().min(1),
  /** Tiles stand in rows of so many. */
  columns: z.int().min(1),
  tileWidth: z.int().min(1),
  tileHeight: z.int().min(1),
  tiles: z.array(z.strictObject({ index: z.int().min(1), timeSeconds: z.number() })).min(1),
  /** The index of the frame that represents the video. */
  poster: z.int().min(1),
});
export type Preview = z.output<typeof previewSchema>;

/** Where in an archive its manifest stands, in bytes. */
const manifestRangeSchema = z.strictObject({ offset: z.int().min(0), size: z.int().min(1) });

/** What a worker tells of the archive that it has stored. */
export const storedArchiveSchema = z.strictObject({
  key: z.string(),
  size: z.int().min(1),
  sha256: z.string().length(64),
  manifest: manifestRangeSchema,
});
export type StoredArchive = z.output<typeof storedArchiveSchema>;

/** A finished frame of an extraction that still runs. */
export const liveFrameSchema = z.strictObject({
  timeSeconds: z.number(),
  sourceIndex: z.int().min(0),
  size: z.int().min(1),
});
export type LiveFrame = z.output<typeof liveFrameSchema>;

/** Where the n-th part of an attempt's finished frames is stored: their images one behind the other. */
export const partKey = (extractionId: string, attempt: number, part: number) =>
  `parts/${extractionId}/${attempt}/${part}`;

const eventFields = {
  /** The event's id: the same in every redelivery, hence the key for doing its work once. */
  id: z.uuid(),
  videoId: z.uuid(),
  extractionId: z.uuid(),
  personId: z.uuid(),
  /** What the message is a part of, where that is traced. */
  trace: carrierSchema.optional(),
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
  /** The request that asked for the extraction, where that is traced. */
  trace?: Carrier | null;
  recipe: Recipe;
  source: { key: string; filename: string; size: number; sha256: string };
  /** Where the archive goes; the key contains the attempt. */
  archiveKey: string;
  /** Where the contact sheet goes. */
  previewKey: string;
}

/** A run of the frames that an extraction wants; `first` counts them from 0, each source frame once. */
export const frameRangeSchema = z.strictObject({ first: z.int().min(0), count: z.int().min(1) });
export type FrameRange = z.output<typeof frameRangeSchema>;

/** What a worker needs to extract one range of an extraction. */
export interface RangeJob extends Pick<
  Job,
  'extractionId' | 'videoId' | 'leaseSeconds' | 'recipe' | 'source' | 'trace'
> {
  range: FrameRange & {
    id: string;
    number: number;
    /** Fences the attempt at this range. */
    attempt: number;
    /** How many frames all ranges have together. */
    total: number;
    /** Where its frames go. */
    key: string;
  };
}

/** How far a range is: `key` is where its frames are stored; a refused one shows that the extraction can't be split. */
export interface RangeState {
  number: number;
  key: string | null;
  refused: boolean;
}

/** What `video.reserve` answers: an upload may begin. Its id is that of the video it becomes. */
export interface Reservation {
  videoId: string;
  /** Where its bytes go. */
  key: string;
  /** ISO 8601. */
  expiresAt: string;
  /** How many bytes the file may have: less than the limit for all where the person has little room left. */
  maxBytes: number;
  /** What the person has stored and may store, in bytes. */
  storedBytes: { used: number; limit: number };
}

/** An upload, or the video that it has become. Sizes in bytes, times ISO 8601. */
export interface UploadState {
  id: string;
  /** Null for a video. */
  kind: 'plain' | 'resumable' | 'direct' | null;
  key: string;
  size: number | null;
  filename: string | null;
  recipe: Recipe | null;
  sha256: string | null;
  /** The store's own name for an upload that goes straight to it. */
  storeUploadId: string | null;
  createdAt: string;
  expiresAt: string | null;
  isVideo: boolean;
}

/** `held`: the caller has an upload's lease now. `wanted`: another one waits for it. */
export interface Hold {
  held: boolean;
  wanted: boolean;
}

const time = z.iso.datetime();

/** A person as other services and the person themselves see them. */
export const personSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string().nullable(),
    locale: localeSchema,
    role: z.enum(['user', 'admin']),
    emailVerified: z.boolean().describe('Whether mail to the address is known to reach them'),
    secondFactor: z.boolean().describe('Whether their logins ask for a code'),
    createdAt: time,
  })
  .meta({ id: 'Person' });
export type Person = z.output<typeof personSchema>;

/** Who is calling, from a verified access token or an API key. */
export interface Caller {
  personId: string;
  role: Person['role'];
  /** The login that the access token comes from; null for an API key. */
  sessionId: string | null;
  /** `read` allows only requests that change nothing. */
  scope: 'read' | 'write';
}

const runFields = {
  id: z.uuid(),
  status: statusSchema.meta({ id: 'Status' }),
  progress: z.int().min(0).max(100).describe('In percent'),
  recipe: recipeSchema,
  frameCount: z.int().min(0).nullable().describe('Null until it is completed'),
  archive: z
    .object({ size: z.int().min(1), sha256: z.string(), url: z.string().describe('Where it is downloaded') })
    .nullable()
    .describe('Null unless it is there'),
  warnings: z.array(z.string()).describe('Faults of the video that cost frames, in sentences'),
  error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why it failed'),
  attempts: z.int().min(0),
  queuePosition: z.int().min(1).nullable().describe('The place in the queue, while it waits'),
  etaSeconds: z
    .number()
    .min(0)
    .nullable()
    .describe('How long it will still take, as far as that can be told'),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  expiresAt: time.nullable().describe('When the archive goes'),
};

/** One run of one recipe over one video, as the API shows it. Times are ISO 8601 UTC. */
const extractionSchema = z.object(runFields).meta({ id: 'Extraction' });
export type ExtractionJson = z.output<typeof extractionSchema>;

/** A video as the API shows it; the top level mirrors its newest extraction. */
export const videoSchema = z
  .object({
    ...runFields,
    filename: z.string(),
    size: z.int().min(0).describe('In bytes'),
    contentType: z.string(),
    sha256: z.string(),
    media: mediaSchema.nullable().describe('What a probe found in the source; null until it was read'),
    sourceExpiresAt: time.nullable().describe('When the source goes; null when it stays, or is gone'),
    sourceRemovedAt: time
      .nullable()
      .describe('Since when the source is gone: only what was extracted from it is left'),
    extractions: z.array(extractionSchema).describe('Newest first'),
  })
  .meta({ id: 'Video' });
export type VideoJson = z.output<typeof videoSchema>;

/** Where a finished frame of an extraction that still runs is stored. */
export interface SharedFrame {
  key: string;
  offset: number;
  size: number;
  format: Recipe['format'];
}

/** Where an archive is and what it is called, as `video.archive` answers. */
export interface ArchiveLocation {
  key: string;
  size: number;
  sha256: string;
  filename: string;
  finishedAt: string;
  manifest: z.output<typeof manifestRangeSchema>;
  preview: Preview;
  format: Recipe['format'];
  durationSeconds: number;
}

/** A download link as `video` knows it; its secret, hence its URL, is known only to whoever made it. */
export const downloadLinkSchema = z.object({
  id: z.uuid(),
  extraction: z.uuid().describe('The extraction whose archive it gives'),
  createdAt: time,
  expiresAt: time,
});
export type DownloadLink = z.output<typeof downloadLinkSchema>;

/** What a person is told in the app. Times are ISO 8601 UTC. */
export const notificationSchema = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    data: z.record(z.string(), z.unknown()),
    createdAt: time,
    readAt: time.nullable(),
  })
  .meta({ id: 'Notification' });
export type NotificationJson = z.output<typeof notificationSchema>;
