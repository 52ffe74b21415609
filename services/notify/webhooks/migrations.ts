import type { Migration } from '../../../lib/database.ts';
import { handledRequestsMigration } from '../../../lib/once.ts';

/** The part of the database `notify` that belongs to webhooks. */
export const webhookMigrations: Migration[] = [
  {
    name: '003-webhooks',
    sql: `
      CREATE TABLE webhooks (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL,
        url text NOT NULL,
        kinds text[] NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        -- Why we have switched it off; null when its person has.
        disabled_reason text CHECK (disabled_reason IN ('failing', 'gone')),
        -- Encrypted; secrets.ts says how.
        secret bytea NOT NULL,
        -- After a rotation the one before signs, too, for a while.
        previous_secret bytea,
        previous_secret_until timestamptz(3),
        -- While a delivery is on its way, its lease; after one that went wrong, the end of the endpoint's rest.
        free_at timestamptz(3) NOT NULL,
        -- Since when every attempt has gone wrong, and how many that were.
        failing_since timestamptz(3),
        failures integer NOT NULL DEFAULT 0,
        last_delivery_at timestamptz(3),
        created_at timestamptz(3) NOT NULL,
        CHECK (NOT enabled OR disabled_reason IS NULL),
        CHECK ((failures = 0) = (failing_since IS NULL))
      );
      CREATE INDEX webhooks_of_person ON webhooks (person_id);
      ALTER TABLE notifications
        -- What goes away takes its deliveries along.
        ADD FOREIGN KEY (endpoint_id) REFERENCES webhooks (id) ON DELETE CASCADE,
        -- A delivery that is replayed begins its schedule anew, while attempts go on counting.
        ADD COLUMN attempts_before integer NOT NULL DEFAULT 0;
      CREATE INDEX notifications_of_endpoint ON notifications (endpoint_id, created_at, id)
        WHERE endpoint_id IS NOT NULL;
      CREATE INDEX notifications_due_at_endpoint ON notifications (endpoint_id, next_attempt_at)
        WHERE endpoint_id IS NOT NULL AND status = 'pending';
    `,
  },
  handledRequestsMigration('004-handled-requests'),
];
