import { countersMigration } from '../../lib/counters.ts';
import { changeLogMigration, followTable } from '../../lib/change-log.ts';
import type { Migration } from '../../lib/database.ts';
import { gonePeopleMigration } from '../../lib/gone-people.ts';
import { webhookMigrations } from './webhooks/migrations.ts';

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
  {
    name: '002-channels',
    sql: `
      ALTER TABLE notifications RENAME COLUMN template TO kind;
      ALTER TABLE notifications
        DROP CONSTRAINT notifications_channel_check,
        ADD CONSTRAINT notifications_channel_check CHECK (channel IN ('email', 'inapp', 'webhook')),
        -- Of a webhook: where it goes.
        ADD COLUMN endpoint_id uuid,
        -- Of a message in the app: when its person saw it.
        ADD COLUMN read_at timestamptz(3),
        DROP CONSTRAINT notifications_event_id_channel_key,
        ADD CHECK ((channel = 'webhook') = (endpoint_id IS NOT NULL));
      -- One event is told once on each channel, and once to each endpoint, however often it is delivered.
      CREATE UNIQUE INDEX notifications_of_event
        ON notifications (event_id, channel, endpoint_id) NULLS NOT DISTINCT;
      CREATE INDEX notifications_of_person ON notifications (person_id, created_at, id);
      DROP INDEX notifications_pending;
      CREATE INDEX notifications_pending ON notifications (channel, next_attempt_at) WHERE status = 'pending';

      CREATE TABLE notification_tries (
        notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz(3) NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('sent', 'refused', 'failed')),
        -- What the other side said, or why it could not be reached.
        detail text,
        -- Of a webhook: the HTTP status of the answer.
        status_code integer,
        duration_ms integer NOT NULL,
        PRIMARY KEY (notification_id, number)
      );

      -- What a person has chosen; what stands here is not what is so by itself.
      CREATE TABLE preferences (
        person_id uuid NOT NULL,
        kind text NOT NULL,
        channel text NOT NULL CHECK (channel IN ('email', 'inapp')),
        enabled boolean NOT NULL,
        PRIMARY KEY (person_id, kind, channel)
      );
    `,
  },
  {
    name: '003-suppressions',
    sql: `
      -- Addresses that get no mail.
      CREATE TABLE suppressions (
        address text PRIMARY KEY CHECK (address = lower(address)),
        reason text NOT NULL CHECK (reason IN ('refused', 'bounced', 'complaint')),
        detail text,
        at timestamptz(3) NOT NULL
      );
      -- What tokens in mails are signed with; made once.
      CREATE TABLE secrets (
        name text PRIMARY KEY,
        value bytea NOT NULL
      );
      CREATE INDEX notifications_by_age ON notifications (created_at);
    `,
  },
  changeLogMigration('010-changes'),
  {
    name: '011-in-app',
    sql: `
      CREATE INDEX notifications_in_app ON notifications (person_id, created_at, id) WHERE channel = 'inapp';
      CREATE INDEX notifications_unread ON notifications (person_id) WHERE channel = 'inapp' AND read_at IS NULL;
      CREATE INDEX notifications_in_app_by_age ON notifications (created_at) WHERE channel = 'inapp';
      ${followTable({
        table: 'notifications',
        subject: 'id',
        unseen: ['status', 'attempts', 'next_attempt_at', 'last_error', 'sent_at'],
        only: "it.channel = 'inapp'",
      })}`,
  },
  {
    name: '012-failures',
    sql: "CREATE INDEX notifications_failed ON notifications (channel, created_at) WHERE status = 'failed'",
  },
  gonePeopleMigration('009-gone-people'),
  ...webhookMigrations,
  { name: '020-traces', sql: 'ALTER TABLE notifications ADD COLUMN trace jsonb' },
  countersMigration('021-counters'),
  {
    name: '022-suppressed-addresses',
    sql: `
      -- In the place of suppressions, which has the addresses themselves: what stands there is taken over from here.
      CREATE TABLE suppressed_addresses (
        address_hash text PRIMARY KEY,
        reason text NOT NULL CHECK (reason IN ('refused', 'bounced', 'complaint')),
        at timestamptz(3) NOT NULL
      );
    `,
  },
];
