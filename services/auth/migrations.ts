import type { Migration } from '../../lib/database.ts';
import { durableCallsMigration, tracedCallsMigration } from '../../lib/durable-calls.ts';
import { handledRequestsMigration } from '../../lib/once.ts';
import { accountMigrations } from './account-migrations.ts';
import { administrationMigrations } from './administration/migrations.ts';
import { placesMigration } from './places.ts';
import { secretMigrations } from './secret-migrations.ts';

export const migrations: Migration[] = [
  {
    name: '001-people',
    sql: `
      CREATE TABLE people (
        id uuid PRIMARY KEY,
        email varchar(254) NOT NULL,
        password_hash text NOT NULL,
        name varchar(100),
        locale text NOT NULL,
        role text NOT NULL CHECK (role IN ('user', 'admin')),
        created_at timestamptz(3) NOT NULL
      );
      CREATE UNIQUE INDEX people_by_email ON people (lower(email));

      CREATE TABLE refresh_tokens (
        id uuid PRIMARY KEY,
        -- One login and all that was refreshed from it.
        family_id uuid NOT NULL,
        person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        token_hash text NOT NULL UNIQUE,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        used_at timestamptz(3),
        revoked_at timestamptz(3)
      );
      CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family_id);
      CREATE INDEX refresh_tokens_of_person ON refresh_tokens (person_id);
      CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

      -- The columns, and their order, are those of rate-limiter-flexible; expire is in milliseconds since 1970.
      CREATE TABLE login_attempts (
        key varchar(255) PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      );
      CREATE INDEX login_attempts_by_expiry ON login_attempts (expire);
    `,
  },
  handledRequestsMigration('002-handled-requests'),
  durableCallsMigration('003-durable-calls'),
  ...accountMigrations,
  ...secretMigrations,
  ...administrationMigrations,
  tracedCallsMigration('020-traced-calls'),
  placesMigration,
];
