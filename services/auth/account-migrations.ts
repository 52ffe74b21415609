import type { Migration } from '../../lib/database.ts';

/** Sessions, letters, known origins and the audit log. */
export const accountMigrations: Migration[] = [
  {
    name: '004-accounts',
    sql: `
      -- When the person has shown that mail to the address reaches them.
      ALTER TABLE people ADD COLUMN email_verified_at timestamptz(3);

      -- One login and all that is refreshed from it. A session that ends is deleted, with its tokens.
      CREATE TABLE sessions (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL,
        last_used_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        -- The last access token that was made for it is valid until then.
        access_until timestamptz(3) NOT NULL,
        address text,
        user_agent text
      );
      CREATE INDEX sessions_of_person ON sessions (person_id);
      CREATE INDEX sessions_by_expiry ON sessions (expires_at);

      -- Families that have ended before leave nothing behind; the others become sessions. No access token may live
      -- longer than a day.
      DELETE FROM refresh_tokens WHERE family_id IN (
        SELECT family_id FROM refresh_tokens WHERE revoked_at IS NOT NULL
      );
      INSERT INTO sessions (id, person_id, created_at, last_used_at, expires_at, access_until)
        SELECT family_id, person_id, min(created_at), max(created_at), max(expires_at),
          max(created_at) + interval '1 day'
        FROM refresh_tokens GROUP BY family_id, person_id;

      -- What gateways must refuse until the session's access tokens have expired by themselves. It refers to nothing:
      -- the person may be gone by then.
      CREATE TABLE ended_sessions (
        id uuid PRIMARY KEY,
        ended_at timestamptz(3) NOT NULL,
        access_until timestamptz(3) NOT NULL
      );
      CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);

      -- Single-use tokens that letters carry; only their digests are here.
      CREATE TABLE letter_tokens (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        purpose text NOT NULL CHECK (purpose IN ('verify', 'reset')),
        email varchar(254) NOT NULL,
        token_hash text NOT NULL UNIQUE,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL
      );
      CREATE INDEX letter_tokens_of_person ON letter_tokens (person_id, purpose);
      CREATE INDEX letter_tokens_by_expiry ON letter_tokens (expires_at);

      -- The networks and browsers that an account was used from, as digests.
      CREATE TABLE known_origins (
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        origin_hash text NOT NULL,
        last_seen_at timestamptz(3) NOT NULL,
        PRIMARY KEY (person_id, origin_hash)
      );
      CREATE INDEX known_origins_by_time ON known_origins (last_seen_at);

      -- The audit log. What happens again and again in an hour is one row that counts (under its repetition key).
      CREATE TABLE security_events (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        kind text NOT NULL,
        at timestamptz(3) NOT NULL,
        address text,
        user_agent text,
        details jsonb NOT NULL DEFAULT '{}',
        repetition_key text,
        UNIQUE (person_id, repetition_key)
      );
      CREATE INDEX security_events_of_person ON security_events (person_id, at DESC, id DESC);
      CREATE INDEX security_events_by_time ON security_events (at);
    `,
  },
];
