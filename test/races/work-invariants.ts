import { expect } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import type { Stage } from './stage.ts';

/** What is true of ranges, of finished frames, and of leases of uploads. */

/** Has the database write down each change of a range, and each new holder of an upload. */
export const WORK_LOG = `
  CREATE TABLE range_log (
    id uuid, old_attempt integer, attempt integer, old_lease timestamptz, lease timestamptz, old_key text, key text
  );
  CREATE FUNCTION log_range() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO range_log
      VALUES (NEW.id, OLD.attempt, NEW.attempt, OLD.lease_until, NEW.lease_until, OLD.key, NEW.key);
    RETURN NULL;
  END $$;
  CREATE TRIGGER log_range AFTER UPDATE ON ranges FOR EACH ROW EXECUTE FUNCTION log_range();
  CREATE TABLE lease_log (id uuid, old_holder text, holder text, old_lease timestamptz, lease timestamptz);
  CREATE FUNCTION log_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO lease_log VALUES (NEW.id, OLD.holder, NEW.holder, OLD.lease_until, NEW.lease_until);
    RETURN NULL;
  END $$;
  CREATE TRIGGER log_lease AFTER UPDATE OF holder ON uploads FOR EACH ROW EXECUTE FUNCTION log_lease();`;
export const EMPTY_WORK_LOG = 'TRUNCATE range_log, lease_log';

/** Leases last for 30 s, and 20 s for uploads: so it is known when one was given. */
const never = {
  'a range that two workers hold, that changes once it is stored, or that another attempt has stored': `
    SELECT * FROM range_log WHERE NOT (
      CASE
        WHEN old_key IS NOT NULL THEN key = old_key AND attempt = old_attempt
        WHEN attempt = old_attempt THEN key IS NULL OR key = 'ranges/' || id || '/' || attempt
        ELSE attempt = old_attempt + 1 AND key IS NULL AND coalesce(old_lease < lease - interval '30 s', true)
      END)`,
  'a range of an extraction that has ended': `
    SELECT r.id FROM ranges r JOIN extractions e ON e.id = r.extraction_id
    WHERE e.status NOT IN ('queued', 'processing')`,
  'ranges that are not one split': `
    SELECT extraction_id FROM ranges GROUP BY extraction_id
    HAVING count(*) NOT IN (2, 3) OR max(number) <> count(*) - 1 OR sum(count) NOT IN (9, 10)`,
  'finished frames of an attempt that has ended': `
    SELECT p.part FROM frame_parts p JOIN extractions e ON e.id = p.extraction_id
    WHERE e.status <> 'processing' OR e.attempt <> p.attempt`,
  'finished frames that are not one behind the other': `
    SELECT * FROM (
      SELECT first, sum(count) OVER (PARTITION BY extraction_id ORDER BY first, part) - count AS before FROM frame_parts
    ) AS placed WHERE first <> before + 1`,
  'an extraction that waits or runs without a source': `
    SELECT e.id FROM extractions e JOIN videos v ON v.id = e.video_id
    WHERE e.status IN ('queued', 'processing') AND v.source_removed_at IS NOT NULL`,
  'an upload that two gateways hold': `
    SELECT * FROM lease_log WHERE holder <> old_holder AND old_lease > lease - interval '20 s'`,
};

/** @throws what jest throws where an invariant does not hold */
export async function checkWork({ videos, world: { said } }: Stage): Promise<void> {
  const { sequelize } = videos.db;
  const select = <Row extends object>(sql: string) => sequelize.query<Row>(sql, { type: QueryTypes.SELECT });
  for (const [name, sql] of Object.entries(never)) expect([name, await select(sql)]).toEqual([name, []]);
  expect(new Set(said.rangeClaims).size).toBe(said.rangeClaims.length);
  const stored = await select<{ name: string }>(
    `SELECT DISTINCT id || ' ' || attempt AS name FROM range_log WHERE key IS NOT NULL`,
  );
  const names = stored.map(({ name }) => name);
  expect([...said.rangesStored].filter((name) => !names.includes(name))).toEqual([]);
  expect([...said.givenUp].filter((id) => said.videos.has(id))).toEqual([]);
}

/** What administrators do is written down once, with the deed; then `auth` takes it. */
export async function checkDeeds({ videos, world: { said } }: Stage): Promise<void> {
  const [, told] = await videos.db.sequelize.query(
    "DELETE FROM durable_calls WHERE action = 'auth.noteDeed'",
    {
      type: QueryTypes.RAW,
    },
  );
  said.deedsSeen += (told as { rowCount: number }).rowCount;
  expect(said.deedsSeen).toBe(said.deeds);
}
