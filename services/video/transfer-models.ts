import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Recipe } from '../../lib/recipe.ts';

/** An upload that has not become a video yet; its id is that of its video. */
export interface Upload extends Model<InferAttributes<Upload>, InferCreationAttributes<Upload>> {
  id: string;
  personId: string;
  kind: 'plain' | 'resumable' | 'direct';
  objectKey: string;
  /** What the client declared, in bytes; null when it did not say. */
  size: CreationOptional<number | string | null>;
  filename: CreationOptional<string | null>;
  recipe: CreationOptional<Recipe | null>;
  sha256: CreationOptional<string | null>;
  /** The store's own name for an upload that clients send straight to it. */
  storeUploadId: CreationOptional<string | null>;
  /** Whoever transfers bytes right now. */
  holder: CreationOptional<string | null>;
  leaseUntil: CreationOptional<Date | null>;
  /** Another one waits for the lease. */
  wanted: CreationOptional<boolean>;
  createdAt: Date;
  expiresAt: Date;
}

export interface DailyVideos extends Model<
  InferAttributes<DailyVideos>,
  InferCreationAttributes<DailyVideos>
> {
  personId: string;
  /** A day of UTC, `YYYY-MM-DD`. */
  day: string;
  videos: number;
}

/** A download link; `secretSha256` is the digest of what its URL ends with. */
export interface Link extends Model<InferAttributes<Link>, InferCreationAttributes<Link>> {
  id: string;
  videoId: string;
  extractionId: string;
  secretSha256: string;
  createdAt: Date;
  expiresAt: Date;
}

/** Limits of one person; null is everyone's. */
export interface QuotaOverride extends Model<
  InferAttributes<QuotaOverride>,
  InferCreationAttributes<QuotaOverride>
> {
  personId: string;
  storedBytes: number | string | null;
  videosPerDay: number | null;
  concurrentUploads: number | null;
  fileBytes: number | string | null;
  setAt: Date;
  /** Who has set them; see lib/administration/deeds.ts. */
  setBy: string;
}

const id = { type: DataTypes.UUID, primaryKey: true };
const { UUID, TEXT, BIGINT, INTEGER, JSONB, DATE, DATEONLY, BOOLEAN } = DataTypes;

/** The tables of what comes in and goes out. */
export function defineTransferModels(sequelize: Sequelize) {
  const upload = sequelize.define<Upload>('uploads', {
    id,
    personId: UUID,
    kind: TEXT,
    objectKey: TEXT,
    size: BIGINT,
    filename: TEXT,
    recipe: JSONB,
    sha256: { type: TEXT, field: 'sha256' },
    storeUploadId: TEXT,
    holder: TEXT,
    leaseUntil: DATE(3),
    wanted: BOOLEAN,
    createdAt: DATE(3),
    expiresAt: DATE(3),
  });

  const dailyVideos = sequelize.define<DailyVideos>('daily_videos', {
    personId: { type: UUID, primaryKey: true },
    day: { type: DATEONLY, primaryKey: true },
    videos: INTEGER,
  });

  const link = sequelize.define<Link>('links', {
    id,
    videoId: UUID,
    extractionId: UUID,
    secretSha256: { type: TEXT, field: 'secret_sha256' },
    createdAt: DATE(3),
    expiresAt: DATE(3),
  });

  const quotaOverride = sequelize.define<QuotaOverride>('quota_overrides', {
    personId: { type: UUID, primaryKey: true },
    storedBytes: BIGINT,
    videosPerDay: INTEGER,
    concurrentUploads: INTEGER,
    fileBytes: BIGINT,
    setAt: DATE(3),
    setBy: TEXT,
  });

  return { upload, dailyVideos, link, quotaOverride };
}
