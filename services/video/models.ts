import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type NonAttribute,
  type Sequelize,
} from 'sequelize';
import type { Carrier } from '../../lib/tracing/trace.ts';
import type {
  LiveFrame,
  Media,
  Message,
  Preview,
  Status,
  StoredArchive,
  Topic,
} from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import { defineTransferModels } from './transfer-models.ts';

// bigint columns arrive as strings, as pg delivers them.

export interface Video extends Model<InferAttributes<Video>, InferCreationAttributes<Video>> {
  id: string;
  personId: string;
  filename: string;
  contentType: string;
  size: number | string;
  sha256: string;
  objectKey: string;
  media: CreationOptional<Media | null>;
  createdAt: Date;
  /** When the source goes; null keeps it. */
  sourceExpiresAt: CreationOptional<Date | null>;
  sourceRemovedAt: CreationOptional<Date | null>;
  extractions?: NonAttribute<Extraction[]>;
}

export interface Extraction extends Model<InferAttributes<Extraction>, InferCreationAttributes<Extraction>> {
  id: string;
  ordinal: CreationOptional<string>;
  videoId: string;
  personId: string;
  recipe: Recipe;
  status: Status;
  progress: CreationOptional<number>;
  attempt: CreationOptional<number>;
  failedAttempts: CreationOptional<number>;
  runAt: Date;
  leaseUntil: CreationOptional<Date | null>;
  worker: CreationOptional<string | null>;
  archiveKey: CreationOptional<string | null>;
  archiveSize: CreationOptional<number | string | null>;
  archiveSha256: CreationOptional<string | null>;
  manifest: CreationOptional<StoredArchive['manifest'] | null>;
  preview: CreationOptional<Preview | null>;
  frameCount: CreationOptional<number | null>;
  warnings: CreationOptional<string[]>;
  errorCode: CreationOptional<string | null>;
  createdAt: Date;
  startedAt: CreationOptional<Date | null>;
  finishedAt: CreationOptional<Date | null>;
  expiresAt: CreationOptional<Date | null>;
}

export interface FramePart extends Model<InferAttributes<FramePart>, InferCreationAttributes<FramePart>> {
  extractionId: string;
  attempt: number;
  part: number;
  /** The index of its first frame. */
  first: number;
  count: number;
  frames: LiveFrame[];
}

export interface Range extends Model<InferAttributes<Range>, InferCreationAttributes<Range>> {
  id: string;
  extractionId: string;
  number: number;
  first: number;
  count: number;
  attempt: CreationOptional<number>;
  leaseUntil: CreationOptional<Date | null>;
  worker: CreationOptional<string | null>;
  /** Where its frames are, once they are stored. */
  key: CreationOptional<string | null>;
  /** A worker has found that the packets of this video can't be read in parts. */
  refused: CreationOptional<boolean>;
}

export interface OutboxEvent extends Model<
  InferAttributes<OutboxEvent>,
  InferCreationAttributes<OutboxEvent>
> {
  id: string;
  topic: Topic;
  message: Message;
  /** Of the request that it comes from. */
  trace: CreationOptional<Carrier | null>;
  createdAt: Date;
  sentAt: CreationOptional<Date | null>;
  settledAt: CreationOptional<Date | null>;
}

export interface DoomedObject extends Model<
  InferAttributes<DoomedObject>,
  InferCreationAttributes<DoomedObject>
> {
  key: string;
  dueAt: Date;
}

export interface IdempotencyKey extends Model<
  InferAttributes<IdempotencyKey>,
  InferCreationAttributes<IdempotencyKey>
> {
  personId: string;
  key: string;
  fingerprint: string;
  videoId: string;
  createdAt: Date;
}

const id = { type: DataTypes.UUID, primaryKey: true };
const { UUID, TEXT, BIGINT, INTEGER, JSONB, DATE, BOOLEAN } = DataTypes;

/** The tables of the database `video`; migrations.ts makes them. */
export function defineModels(sequelize: Sequelize) {
  const video = sequelize.define<Video>('videos', {
    id,
    personId: UUID,
    filename: TEXT,
    contentType: TEXT,
    size: BIGINT,
    sha256: { type: TEXT, field: 'sha256' },
    objectKey: TEXT,
    media: JSONB,
    createdAt: DATE(3),
    sourceExpiresAt: DATE(3),
    sourceRemovedAt: DATE(3),
  });

  const extraction = sequelize.define<Extraction>('extractions', {
    id,
    ordinal: BIGINT,
    videoId: UUID,
    personId: UUID,
    recipe: JSONB,
    status: TEXT,
    progress: INTEGER,
    attempt: INTEGER,
    failedAttempts: INTEGER,
    runAt: DATE(3),
    leaseUntil: DATE(3),
    worker: TEXT,
    archiveKey: TEXT,
    archiveSize: BIGINT,
    archiveSha256: { type: TEXT, field: 'archive_sha256' },
    manifest: JSONB,
    preview: JSONB,
    frameCount: INTEGER,
    warnings: JSONB,
    errorCode: TEXT,
    createdAt: DATE(3),
    startedAt: DATE(3),
    finishedAt: DATE(3),
    expiresAt: DATE(3),
  });
  video.hasMany(extraction, { as: 'extractions', foreignKey: 'videoId' });

  const framePart = sequelize.define<FramePart>('frame_parts', {
    extractionId: { type: UUID, primaryKey: true },
    attempt: { type: INTEGER, primaryKey: true },
    part: { type: INTEGER, primaryKey: true },
    first: INTEGER,
    count: INTEGER,
    frames: JSONB,
  });

  const range = sequelize.define<Range>('ranges', {
    id,
    extractionId: UUID,
    number: INTEGER,
    first: INTEGER,
    count: INTEGER,
    attempt: INTEGER,
    leaseUntil: DATE(3),
    worker: TEXT,
    key: TEXT,
    refused: BOOLEAN,
  });

  const outbox = sequelize.define<OutboxEvent>('outbox', {
    id,
    topic: TEXT,
    message: JSONB,
    trace: JSONB,
    createdAt: DATE(3),
    sentAt: DATE(3),
    settledAt: DATE(3),
  });

  const doomedObject = sequelize.define<DoomedObject>('doomed_objects', {
    key: { type: TEXT, primaryKey: true },
    dueAt: DATE(3),
  });

  const idempotencyKey = sequelize.define<IdempotencyKey>('idempotency_keys', {
    personId: { type: UUID, primaryKey: true },
    key: { type: TEXT, primaryKey: true },
    fingerprint: TEXT,
    videoId: UUID,
    createdAt: DATE(3),
  });

  return {
    video,
    extraction,
    framePart,
    range,
    outbox,
    doomedObject,
    idempotencyKey,
    ...defineTransferModels(sequelize),
  };
}

/** What the service's modules need to work: the connection pool and the models on it. */
export interface VideoDatabase {
  sequelize: Sequelize;
  models: ReturnType<typeof defineModels>;
}
