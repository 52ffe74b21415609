import { QueryTypes, type Sequelize } from 'sequelize';
import { z } from 'zod';
import { readCursor, writeCursor } from './change-cursor.ts';
import type { Migration } from './database.ts';

/**
 * What has changed, for those who follow along. Triggers write a row for each thing that a transaction has changed, so
 * that no code path can forget it; readers ask for what was committed since a cursor.
 *
 * Rows are only ever inserted: transactions never wait for each other here. A cursor is the snapshot of its reading
 * (which transactions were visible then), not the highest number seen: what commits late, out of order, is neither
 * skipped nor waited for.
 */

/** Something has changed; the subject is what the log is about (a video, a notification). */
export interface Change {
  subjectId: string;
  personId: string;
}

export interface Changes {
  /** Where to go on from. */
  cursor: string;
  /** The cursor that was given can't be followed any more, or too much has happened: load everything again. */
  reset: boolean;
  /** Each subject once; all are committed. */
  changes: Change[];
}

const cursorSchema = z.string().max(4000);
export const changesSchema = z.strictObject({ after: cursorSchema.nullable() });
export const missedSchema = z.strictObject({
  people: z.array(z.strictObject({ personId: z.uuid(), after: cursorSchema })).max(100),
});

/** A part of every database whose changes are followed. */
export const changeLogMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE changes (
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      subject_id uuid NOT NULL,
      person_id uuid NOT NULL,
      noted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (xid, subject_id)
    );
    CREATE INDEX changes_of_person ON changes (person_id, xid);
    CREATE INDEX changes_by_time ON changes (noted_at);
  `,
});

interface Followed {
  table: string;
  /** The column with the subject's id. */
  subject: string;
  /** Columns that nobody sees: a change of these alone is none. */
  unseen: string[];
  /** Which rows count, as a condition on `it`. */
  only?: string;
}

/**
 * SQL that makes a table's changes known.
 * @returns statements for a migration; the table needs a column `person_id`
 */
export function followTable({ table, subject, unseen, only = 'true' }: Followed): string {
  const level = unseen.map((column) => `NEW.${column} := OLD.${column};`).join(' ');
  return `
    CREATE FUNCTION note_change_of_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE it ${table};
    BEGIN
      IF TG_OP = 'DELETE' THEN it := OLD; ELSE it := NEW; END IF;
      IF NOT (${only}) THEN RETURN NULL; END IF;
      IF TG_OP = 'UPDATE' THEN
        ${level}
        IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NULL; END IF;
      END IF;
      INSERT INTO changes (subject_id, person_id) VALUES (it.${subject}, it.person_id) ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION note_change_of_${table}();
  `;
}

/** Who follows along may stay away so long; then they load everything again. */
const FOLLOWED_MS = 3_600_000;
/** Longer than that by more than any transaction takes, from its change to its commit. */
const KEPT_MS = 2 * FOLLOWED_MS;

/** More than this at once is a reason to load everything again. */
const LIMITS = { all: 5000, ofPerson: 200 };

/**
 * This history of transactions: its numbers mean nothing in a copy of the database, in one that was restored, or after
 * a standby has taken over.
 */
const EPOCH = `
  SELECT left(md5(concat_ws(' ', system_identifier, timeline_id, d.oid)), 8)
  FROM pg_control_system(), pg_control_checkpoint(), pg_database d WHERE d.datname = current_database()`;

const NOW = `
  SELECT (${EPOCH}) AS epoch, CAST(pg_current_snapshot() AS text) AS snapshot,
         CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS "atMs",
         -- Rows that a restored database has brought along may have numbers that are still to come here.
         -- By the number: a bare name would mean the text of the result, in which 9 comes after 10.
         (SELECT CAST(c.xid AS text) FROM changes c WHERE c.xid < pg_snapshot_xmax(pg_current_snapshot())
          ORDER BY c.xid DESC LIMIT 1) AS newest`;

const since = (snapshot: string) => `
  xid >= pg_snapshot_xmin(${snapshot}) AND xid < pg_snapshot_xmax(pg_current_snapshot())
  AND NOT pg_visible_in_snapshot(xid, ${snapshot})`;

interface NowRow {
  epoch: string;
  snapshot: string;
  atMs: string;
  newest: string | null;
}

/**
 * What was committed since a cursor, of all people.
 * @param after a cursor of an earlier call; null only gives one to begin with
 */
export async function readChanges(sequelize: Sequelize, after: string | null): Promise<Changes> {
  const position = after === null ? null : readCursor(after);
  // One statement, hence one snapshot for the rows and for the cursor.
  const [row] = await sequelize.query<NowRow & { changes: Change[] | null }>(
    `WITH now AS (${NOW})
     SELECT now.*, (
       SELECT json_agg(c) FROM (
         SELECT DISTINCT subject_id AS "subjectId", person_id AS "personId" FROM changes
         WHERE CAST(:snapshot AS text) IS NOT NULL AND ${since('CAST(:snapshot AS pg_snapshot)')}
         LIMIT :limit
       ) c
     ) AS changes FROM now`,
    {
      replacements: { snapshot: position?.snapshot ?? null, limit: LIMITS.all + 1 },
      type: QueryTypes.SELECT,
    },
  );
  if (!row) throw new Error('A query without rows');
  const changes = row.changes ?? [];
  const reset = after !== null && (!isFollowable(position, row) || changes.length > LIMITS.all);
  return { cursor: writeCursor(row), reset, changes: reset ? [] : changes };
}

type Position = ReturnType<typeof readCursor>;

function isFollowable(position: Position, now: NowRow): boolean {
  if (position?.epoch !== now.epoch) return false;
  const age = Number(now.atMs) - position.atMs;
  const [, xmax = '0'] = now.snapshot.split(':');
  // A cursor from the future is one of a database that was put back.
  return age < FOLLOWED_MS && age > -60_000 && BigInt(position.xmax) <= BigInt(xmax);
}

/** What a person has missed since a cursor of their own. */
export interface Missed {
  personId: string;
  reset: boolean;
  subjectIds: string[];
}

/**
 * What some people have missed while nobody followed for them.
 * @param people each with the cursor that they have come to; somebody may be there more than once
 * @returns in the same order
 */
export async function readMissed(
  sequelize: Sequelize,
  people: z.output<typeof missedSchema>['people'],
): Promise<Missed[]> {
  const positions = people.map(({ after }) => readCursor(after));
  const asked = people.flatMap(({ personId }, place) => {
    const position = positions[place];
    return position ? [{ place, personId, snapshot: position.snapshot }] : [];
  });
  const rows = await sequelize.query<NowRow & { place: number | null; ids: string[] | null }>(
    `WITH now AS (${NOW})
     SELECT now.*, a.place, (
       SELECT array_agg(subject_id) FROM (
         SELECT DISTINCT subject_id FROM changes
         WHERE person_id = a."personId" AND ${since('a.snapshot')} LIMIT :limit
       ) missed
     ) AS ids
     FROM now LEFT JOIN json_to_recordset(:asked) AS a (place int, "personId" uuid, snapshot pg_snapshot) ON true`,
    {
      replacements: { asked: JSON.stringify(asked), limit: LIMITS.ofPerson + 1 },
      type: QueryTypes.SELECT,
    },
  );
  const found = new Map(rows.map((row) => [row.place, row]));
  return people.map(({ personId }, place) => {
    const row = found.get(place);
    const ids = row?.ids ?? [];
    const reset = !row || !isFollowable(positions[place] ?? null, row) || ids.length > LIMITS.ofPerson;
    return { personId, reset, subjectIds: reset ? [] : ids };
  });
}

/** Forget what nobody follows any more. */
export async function forgetChanges(sequelize: Sequelize, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_MS);
  await sequelize.query('DELETE FROM changes WHERE noted_at < :before', { replacements: { before } });
}
