import type { Migration } from '../../lib/database.ts';

export const migrations: Migration[] = [
  {
    name: '001-notifications',
    sql: `
      CREATE TABLE notifications (
        id uuid PRIMARY KEY,
        event_id uuid NOT NULL,
        channel text NOT NULL CHECK (channel IN ('email')),
        person_id uuid,
        -- Null until the person has been looked up.
        recipient text,
        template text NOT NULL,
        payload jsonb NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        -- While a sender is at work on the row, its lease; else when the row is due.
        next_attempt_at timestamptz(3) NOT NULL,
        last_error text,
        created_at timestamptz(3) NOT NULL,
        sent_at timestamptz(3),
        CHECK (person_id IS NOT NULL OR recipient IS NOT NULL),
        -- One event is told once on each channel, however often it is delivered.
        UNIQUE (event_id, channel)
      );
      CREATE INDEX notifications_pending ON notifications (next_attempt_at) WHERE status = 'pending';
    `,
  },
];
