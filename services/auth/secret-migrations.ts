import type { Migration } from '../../lib/database.ts';

/** Second factors, API keys and links to exports. */
export const secretMigrations: Migration[] = [
  {
    name: '005-secrets',
    sql: `
      ALTER TABLE people ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

      CREATE TABLE second_factors (
        person_id uuid PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
        -- Encrypted with a key that is not in this database.
        secret text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        -- Until its person has shown a code of it, it is asked for nowhere.
        confirmed_at timestamptz(3),
        -- The time step of the last code that was taken: no code works twice.
        last_step bigint
      );

      -- A code that was used is deleted.
      CREATE TABLE recovery_codes (
        person_id uuid NOT NULL REFERENCES second_factors (person_id) ON DELETE CASCADE,
        code_hash text NOT NULL,
        PRIMARY KEY (person_id, code_hash)
      );

      CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        name varchar(100) NOT NULL,
        scope text NOT NULL CHECK (scope IN ('read', 'write')),
        secret_sha256 text NOT NULL UNIQUE,
        created_at timestamptz(3) NOT NULL,
        -- Null: it stays until it is deleted.
        expires_at timestamptz(3),
        last_used_at timestamptz(3)
      );
      CREATE INDEX api_keys_of_person ON api_keys (person_id, created_at DESC, id DESC);

      -- Links by which a person gets everything that is held of them, once.
      CREATE TABLE exports (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        secret_sha256 text NOT NULL UNIQUE,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        -- The request that has used it, so that a second delivery of that request may do so again.
        used_by text
      );
      CREATE INDEX exports_of_person ON exports (person_id);
      CREATE INDEX exports_by_expiry ON exports (expires_at);
    `,
  },
];
