import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Migration } from './database.ts';

/**
 * What a service remembers of people who have deleted their account: their ids, and nothing else. It refuses what may
 * still come of them, and removes what it holds, again and again for a while, so that a crash, or a request that was
 * under way, leaves nothing behind.
 */

/** Longer than any request takes that was let in before the person was gone. */
const LATE_MS = 10 * 60_000;

/** A part of every database with rows of people, which name theirs in a column `person_id`. */
export const gonePeopleMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE gone_people (
      person_id uuid PRIMARY KEY,
      gone_at timestamptz(3) NOT NULL,
      -- Since when nothing of theirs can be left.
      purged_at timestamptz(3)
    );
    CREATE INDEX gone_people_unpurged ON gone_people (gone_at) WHERE purged_at IS NULL;
  `,
});

/** Remember that a person is gone. */
export async function markGone(
  sequelize: Sequelize,
  personId: string,
  now: Date,
  transaction: Transaction | null = null,
): Promise<void> {
  await sequelize.query(
    'INSERT INTO gone_people (person_id, gone_at) VALUES (:personId, :now) ON CONFLICT DO NOTHING',
    { replacements: { personId, now }, transaction },
  );
}

/** Whether a person is gone. */
export async function isGone(
  sequelize: Sequelize,
  personId: string,
  transaction: Transaction | null = null,
): Promise<boolean> {
  const rows = await sequelize.query('SELECT 1 FROM gone_people WHERE person_id = :personId', {
    replacements: { personId },
    type: QueryTypes.SELECT,
    transaction,
  });
  return rows.length > 0;
}

/**
 * Remove what is held of people who are gone. Several replicas may do this at once.
 * @param purge removes what there is of one person; what it leaves, when it throws, goes the next time
 * @throws the first error of a purge, after the others have had their turn
 */
export async function purgeGone(
  sequelize: Sequelize,
  purge: (personId: string) => Promise<void>,
  now: Date,
): Promise<void> {
  const waiting = await sequelize.query<{ personId: string; goneAt: Date }>(
    'SELECT person_id AS "personId", gone_at AS "goneAt" FROM gone_people WHERE purged_at IS NULL ORDER BY gone_at',
    { type: QueryTypes.SELECT },
  );
  const failures: unknown[] = [];
  for (const { personId, goneAt } of waiting) {
    try {
      await purge(personId);
      if (now.getTime() - goneAt.getTime() >= LATE_MS) await markPurged(sequelize, personId, now);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function markPurged(sequelize: Sequelize, personId: string, now: Date): Promise<void> {
  await sequelize.query('UPDATE gone_people SET purged_at = :now WHERE person_id = :personId', {
    replacements: { personId, now },
  });
}

/**
 * Delete the rows of a person in every table that names people, and the calls to other services that are about them.
 * New tables need not be told of here.
 */
export async function eraseRows(sequelize: Sequelize, personId: string): Promise<void> {
  const columns = await sequelize.query<{ name: string; isJson: boolean }>(
    `SELECT table_name AS name, column_name = 'params' AS "isJson"
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'gone_people'
        AND (column_name = 'person_id' OR (table_name = 'durable_calls' AND column_name = 'params'))`,
    { type: QueryTypes.SELECT },
  );
  // Triggers may note what the first round has deleted.
  for (const { name, isJson } of [...columns, ...columns]) {
    const condition = isJson ? "params->>'personId' = :personId" : 'person_id = CAST(:personId AS uuid)';
    await sequelize.query(`DELETE FROM "${name}" WHERE ${condition}`, { replacements: { personId } });
  }
}
