import { countersMigration } from '../../lib/counters.ts';
import { changeLogMigration, followTable } from '../../lib/change-log.ts';
import type { Migration } from '../../lib/database.ts';
import { durableCallsMigration, tracedCallsMigration } from '../../lib/durable-calls.ts';
import { gonePeopleMigration } from '../../lib/gone-people.ts';
import { handledRequestsMigration } from '../../lib/once.ts';

export const migrations: Migration[] = [
  {
    name: '001-videos',
    sql: `
      CREATE TABLE videos (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL,
        filename text NOT NULL,
        content_type text NOT NULL,
        size bigint NOT NULL,
        sha256 text NOT NULL,
        object_key text NOT NULL,
        media jsonb,
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX videos_of_person ON videos (person_id, created_at DESC, id DESC);

      CREATE TABLE extractions (
        id uuid PRIMARY KEY,
        -- Orders the extractions of a video and the queue, whatever the clocks say.
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        person_id uuid NOT NULL,
        recipe jsonb NOT NULL,
        status text NOT NULL
          CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'canceled', 'expired')),
        progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
        -- Counts every claim and fences it.
        attempt integer NOT NULL DEFAULT 0,
        -- Counts only the attempts that went wrong; this is what the limit is about.
        failed_attempts integer NOT NULL DEFAULT 0,
        run_at timestamptz(3) NOT NULL,
        lease_until timestamptz(3),
        worker text,
        archive_key text,
        archive_size bigint,
        archive_sha256 text,
        frame_count integer,
        warnings jsonb NOT NULL DEFAULT '[]',
        error_code text,
        created_at timestamptz(3) NOT NULL,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        expires_at timestamptz(3)
      );
      CREATE INDEX extractions_of_video ON extractions (video_id, ordinal DESC);
      CREATE INDEX extractions_queued ON extractions (run_at, ordinal) WHERE status = 'queued';
      CREATE INDEX extractions_processing ON extractions (lease_until) WHERE status = 'processing';
      CREATE INDEX extractions_running_of_person ON extractions (person_id) WHERE status = 'processing';

      CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        topic text NOT NULL,
        message jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL,
        sent_at timestamptz(3),
        settled_at timestamptz(3)
      );
      CREATE INDEX outbox_unsettled ON outbox (created_at) WHERE settled_at IS NULL;

      -- Every object is doomed from before it is written until a row refers to it, and again when that row goes.
      CREATE TABLE doomed_objects (
        key text PRIMARY KEY,
        due_at timestamptz(3) NOT NULL
      );
      CREATE INDEX doomed_objects_due ON doomed_objects (due_at);

      CREATE TABLE idempotency_keys (
        person_id uuid NOT NULL,
        key text NOT NULL,
        fingerprint text NOT NULL,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL,
        PRIMARY KEY (person_id, key)
      );
    `,
  },
  {
    name: '002-recently-completed',
    sql: "CREATE INDEX extractions_completed ON extractions (finished_at DESC) WHERE status = 'completed'",
  },
  handledRequestsMigration('003-handled-requests'),
  {
    name: '004-previews',
    sql: 'ALTER TABLE extractions ADD COLUMN manifest jsonb, ADD COLUMN preview jsonb',
  },
  {
    name: '005-frame-parts',
    sql: `
      -- Frames that are finished before their archive is.
      CREATE TABLE frame_parts (
        extraction_id uuid NOT NULL REFERENCES extractions (id) ON DELETE CASCADE,
        attempt integer NOT NULL,
        part integer NOT NULL,
        first integer NOT NULL,
        count integer NOT NULL,
        frames jsonb NOT NULL,
        PRIMARY KEY (extraction_id, attempt, part)
      )`,
  },
  {
    name: '006-ranges',
    sql: `
      -- Parts of one long extraction that different workers run.
      CREATE TABLE ranges (
        id uuid PRIMARY KEY,
        extraction_id uuid NOT NULL REFERENCES extractions (id) ON DELETE CASCADE,
        number integer NOT NULL,
        first integer NOT NULL,
        count integer NOT NULL,
        attempt integer NOT NULL DEFAULT 0,
        lease_until timestamptz(3),
        worker text,
        key text,
        refused boolean NOT NULL DEFAULT false,
        UNIQUE (extraction_id, number)
      )`,
  },
  {
    name: '007-transfers',
    sql: `
      -- Uploads that have not become videos yet; an upload's id is that of its video.
      CREATE TABLE uploads (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('plain', 'resumable', 'direct')),
        object_key text NOT NULL,
        -- What the client declared, in bytes; null when it did not say.
        size bigint,
        filename text,
        recipe jsonb,
        sha256 text,
        -- The store's own name for an upload that clients send straight to it.
        store_upload_id text,
        -- Whoever transfers bytes right now has the lease; another one may ask for it.
        holder text,
        lease_until timestamptz(3),
        wanted boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL
      );
      CREATE INDEX uploads_of_person ON uploads (person_id);
      CREATE INDEX uploads_by_expiry ON uploads (expires_at);

      -- Counts what was made, also when it is deleted again; days are those of UTC.
      CREATE TABLE daily_videos (
        person_id uuid NOT NULL,
        day date NOT NULL,
        videos integer NOT NULL,
        PRIMARY KEY (person_id, day)
      );

      -- When the source goes; null keeps it. Once it is gone, only its archives are left.
      ALTER TABLE videos ADD COLUMN source_expires_at timestamptz(3), ADD COLUMN source_removed_at timestamptz(3);
      CREATE INDEX videos_by_source_expiry ON videos (source_expires_at) WHERE source_removed_at IS NULL;
      CREATE INDEX videos_by_content ON videos (person_id, sha256);
      CREATE INDEX videos_by_object ON videos (object_key);
      CREATE INDEX extractions_by_expiry ON extractions (expires_at) WHERE status = 'completed';

      -- Download links that work without a token; only a digest of their secret is kept.
      CREATE TABLE links (
        id uuid PRIMARY KEY,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        extraction_id uuid NOT NULL REFERENCES extractions (id) ON DELETE CASCADE,
        secret_sha256 text NOT NULL UNIQUE,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL
      );
      CREATE INDEX links_of_video ON links (video_id);
      CREATE INDEX links_by_expiry ON links (expires_at)`,
  },
  {
    name: '008-archives-by-key',
    sql: `
      -- Which extractions refer to an object.
      CREATE INDEX extractions_by_archive ON extractions (archive_key) WHERE status = 'completed';
      CREATE INDEX extractions_by_preview ON extractions ((preview->>'key')) WHERE status = 'completed'`,
  },
  durableCallsMigration('009-durable-calls'),
  changeLogMigration('010-changes'),
  {
    name: '011-followed',
    sql: `
      ${followTable({ table: 'videos', subject: 'id', unseen: ['object_key'] })}
      ${followTable({
        table: 'extractions',
        subject: 'video_id',
        unseen: ['lease_until', 'worker', 'run_at', 'failed_attempts'],
      })}`,
  },
  gonePeopleMigration('012-gone-people'),
  {
    name: '013-quota-notices',
    sql: `
      -- Of which limits people have been told that they are near.
      CREATE TABLE quota_notices (
        person_id uuid NOT NULL,
        name text NOT NULL CHECK (name IN ('storedBytes', 'videosPerDay')),
        -- Of the day's videos: which day.
        period text NOT NULL,
        told_at timestamptz(3) NOT NULL,
        PRIMARY KEY (person_id, name)
      )`,
  },
  {
    name: '014-administration',
    sql: `
      -- Limits that an administrator has set for one person; null is everyone's. Sizes in bytes.
      CREATE TABLE quota_overrides (
        person_id uuid PRIMARY KEY,
        stored_bytes bigint,
        videos_per_day integer,
        concurrent_uploads integer,
        file_bytes bigint,
        set_at timestamptz(3) NOT NULL,
        set_by text NOT NULL
      );
      -- Lists of everybody's extractions, newest first.
      CREATE INDEX extractions_by_age ON extractions (ordinal);
      CREATE INDEX extractions_by_status ON extractions (status, ordinal);
      CREATE INDEX extractions_of_person ON extractions (person_id, ordinal);
      CREATE INDEX outbox_of_extraction ON outbox ((message->>'extractionId'))`,
  },
  { name: '015-traces', sql: 'ALTER TABLE outbox ADD COLUMN trace jsonb' },
  tracedCallsMigration('016-traced-calls'),
  countersMigration('017-counters'),
  {
    name: '018-indexes',
    sql: `
      -- What a video or an extraction takes along when it goes is found without reading everybody's.
      CREATE INDEX idempotency_keys_of_video ON idempotency_keys (video_id);
      CREATE INDEX links_of_extraction ON links (extraction_id);
      -- The retention asks for these expressions. PostgreSQL keeps statistics of an index's expressions for its rows
      -- alone; from those of the column, where all that has expired long ago counts, it expects half the table.
      DROP INDEX extractions_by_expiry;
      CREATE INDEX extractions_by_expiry ON extractions (coalesce(expires_at, 'infinity')) WHERE status = 'completed';
      CREATE INDEX extractions_by_end ON extractions (coalesce(expires_at, finished_at))
        WHERE status IN ('failed', 'canceled', 'expired')`,
  },
];
