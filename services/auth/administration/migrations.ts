import type { Migration } from '../../../lib/database.ts';

/** Accounts that are closed to their people, and the audit log of administration. */
export const administrationMigrations: Migration[] = [
  {
    name: '006-administration',
    sql: `
      -- Since when its person is shut out.
      ALTER TABLE people ADD COLUMN disabled_at timestamptz(3);
      CREATE INDEX people_by_age ON people (created_at DESC, id DESC);

      -- It refers to nobody: what was done to a person is still known when they are gone.
      CREATE TABLE deeds (
        id uuid PRIMARY KEY,
        at timestamptz(3) NOT NULL,
        by text NOT NULL,
        deed text NOT NULL,
        about uuid,
        details jsonb NOT NULL
      );
      CREATE INDEX deeds_by_time ON deeds (at DESC, id DESC)`,
  },
];
