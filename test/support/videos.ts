import type { Sequelize } from 'sequelize';
import type { Job, RangeJob } from '../../lib/contracts.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { claim } from '../../services/video/claim.ts';
import { getVideo } from '../../services/video/library.ts';
import { migrations } from '../../services/video/migrations.ts';
import { defineModels, type VideoDatabase } from '../../services/video/models.ts';
import { createOutlookReader } from '../../services/video/outlook.ts';
import { createVideo, reserveUpload, type UploadRules } from '../../services/video/uploads.ts';
import { createTestDatabase } from './database.ts';

export const scheduling = { leaseSeconds: 30, maxAttempts: 3, maxRunningPerPerson: 100 };
export const media = { durationSeconds: 2, width: 64, height: 48, codec: 'h264', frameRate: 25 };
export const now = new Date('2026-01-01T00:00:00Z');
export const later = (ms: number) => new Date(now.getTime() + ms);

export const rules: UploadRules = {
  quotas: { storedBytes: 1e12, videosPerDay: 1000, concurrentUploads: 100, fileBytes: 1e10 },
  expiresHours: 24,
  sourceDays: 30,
};

/** What a plain upload of ten bytes asks for. */
export const wish = (personId: string) => ({ personId, kind: 'plain', size: 10 }) as const;

/** Empties every table of the database `video`; of few rows, TRUNCATE would take twenty times as long. */
export const EMPTY_TABLES = [
  ...['videos', 'outbox', 'doomed_objects', 'idempotency_keys', 'uploads', 'daily_videos', 'gone_people'],
  ...['quota_overrides', 'quota_notices', 'durable_calls', 'handled_requests', 'changes'],
]
  .map((table) => `DELETE FROM ${table};`)
  .join(' ');

/** A video database of its own, and the steps of a life cycle with a clock that stands still. */
export async function openVideos() {
  const sequelize: Sequelize = await createTestDatabase(migrations);
  const db: VideoDatabase = { sequelize, models: defineModels(sequelize) };
  const view = () => ({ publicUrl: 'http://frames.example', outlooks: createOutlookReader(db) });
  const claimAs = (worker: string, at = now, limits = scheduling) => claim(db, { worker }, limits, at);
  const claimOne = async (at = now, limits = scheduling) => jobOnly(await claimAs('w', at, limits));
  return {
    db,
    view,
    claimAs,
    claimOne,
    clear: () => sequelize.query(EMPTY_TABLES),
    close: () => sequelize.close(),
    upload: async (personId: string, extra: { idempotencyKey?: string; sha256?: string } = {}, at = now) => {
      const { videoId } = await reserveUpload(db, wish(personId), rules, at);
      const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, sha256: 'a'.repeat(64) };
      const whole = { ...about, ...extra, videoId, personId, recipe: recipeSchema.parse({}) };
      return createVideo(db, whole, rules, at);
    },
    claimed: async (at = now): Promise<Job> => {
      const job = await claimOne(at);
      if (!job) throw new Error('Nothing to claim');
      return job;
    },
    show: (personId: string, id: string) => getVideo(db, { personId, id }, view()),
    doomedKeys: async () => (await db.models.doomedObject.findAll({ order: ['key'] })).map(({ key }) => key),
    events: async () =>
      (await db.models.outbox.findAll({ order: ['createdAt', 'topic'] })).map(({ topic }) => topic),
  };
}

function jobOnly(work: Job | RangeJob | null): Job | null {
  if (work && 'range' in work) throw new Error('This is a range of another extraction');
  return work;
}

/** What a worker tells when it has completed a job. */
export const completion = ({ extractionId, attempt, archiveKey, previewKey }: Job) => ({
  extractionId,
  attempt,
  archive: { key: archiveKey, size: 100, sha256: 'b'.repeat(64), manifest: { offset: 50, size: 40 } },
  preview: {
    ...{ key: previewKey, size: 10, columns: 1, tileWidth: 64, tileHeight: 48 },
    ...{ tiles: [{ index: 1, timeSeconds: 0 }], poster: 1 },
  },
  media,
  frameCount: 2,
  warnings: [],
});
