import { expect } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Status } from '../../lib/contracts.ts';
import { purgePerson } from '../../services/video/removal.ts';
import { canMove } from '../../services/video/transitions.ts';
import { readUsage } from '../../services/video/quotas.ts';
import { tablesWith } from '../support/person-rows.ts';
import { limitsOf, rules, scheduling, type Stage } from './stage.ts';
import { checkDeeds, checkWork } from './work-invariants.ts';
import { dayKey } from './world.ts';

/** What is true whatever happens at once. */

/** Has the database write down each change of a status. */
export const STATUS_LOG = `
  CREATE TABLE status_log (
    seq bigserial PRIMARY KEY, id uuid, owner uuid, attempt integer, before text, after text
  );
  CREATE FUNCTION log_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO status_log (id, owner, attempt, before, after)
      VALUES (NEW.id, NEW.person_id, NEW.attempt, CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status);
    RETURN NULL;
  END $$;
  CREATE TRIGGER log_made AFTER INSERT ON extractions FOR EACH ROW EXECUTE FUNCTION log_status();
  CREATE TRIGGER log_moved AFTER UPDATE ON extractions FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION log_status();`;

interface Move {
  id: string;
  owner: string;
  attempt: number;
  before: Status | null;
  after: Status;
}

const rowsOf = <Row extends object>(sequelize: Sequelize, sql: string) =>
  sequelize.query<Row>(sql, { type: QueryTypes.SELECT });

/** @throws what jest throws where an invariant does not hold */
export async function checkInvariants(stage: Stage): Promise<void> {
  const { sequelize } = stage.videos.db;
  const moves = await rowsOf<Move>(sequelize, 'SELECT * FROM status_log ORDER BY seq');
  checkMoves(moves);
  checkWinners(moves, stage);
  await checkEvents(moves, stage);
  await checkObjects(stage);
  await checkWork(stage);
  for (const personId of stage.world.people) await checkPerson(stage, personId);
}

/** Only what the one table allows, each from where the last has ended. */
function checkMoves(moves: Move[]): void {
  const status = new Map<string, Status>();
  for (const { id, before, after } of moves) {
    expect(before).toBe(status.get(id) ?? null);
    const isAllowed = before === null ? ['queued', 'completed'].includes(after) : canMove(before, after);
    expect([before, after, isAllowed]).toEqual([before, after, true]);
    status.set(id, after);
  }
}

/** Whoever was told that they have won has, and nobody else: an attempt begins once and ends once. */
function checkWinners(moves: Move[], { world: { said } }: Stage): void {
  const begun = moves.filter(({ after }) => after === 'processing');
  expect(new Set(begun.map(({ id, attempt }) => `${id} ${attempt}`)).size).toBe(begun.length);
  expect(begun).toHaveLength(said.claims);
  expect(moves.filter(({ after }) => after === 'canceled')).toHaveLength(said.cancels);
  const completed = moves.filter(({ before, after }) => before === 'processing' && after === 'completed');
  expect(new Set(completed.map(({ id, attempt }) => `${id} ${attempt}`))).toEqual(said.completed);
  const failed = new Set(moves.filter(({ after }) => after === 'failed').map(({ id }) => id));
  expect([...said.failed].filter((id) => !failed.has(id))).toEqual([]);
}

/** One event for each beginning and each end, in this order; workers may be called once more. */
async function checkEvents(moves: Move[], { videos, world }: Stage): Promise<void> {
  const { sequelize } = videos.db;
  const told = await rowsOf<{ id: string; topic: string }>(
    sequelize,
    `SELECT message->>'extractionId' AS id, topic FROM outbox ORDER BY created_at, topic DESC`,
  );
  const expected = new Map<string, string[]>();
  for (const { id, owner, before, after } of moves) {
    if (world.gone.includes(owner)) continue;
    const topic = topicOf(before, after);
    if (topic) expected.set(id, [...(expected.get(id) ?? []), topic]);
  }
  const found = new Map<string, string[]>();
  let calls = 0;
  for (const { id, topic } of told) {
    const before = found.get(id) ?? [];
    const isCall = topic === 'video.uploaded' && before.includes(topic);
    if (isCall) calls += 1;
    else found.set(id, [...before, topic]);
  }
  expect(found).toEqual(expected);
  expect(calls).toBeLessThanOrEqual(world.said.calls);
}

function topicOf(before: Status | null, after: Status): string | null {
  if (before === null) return after === 'queued' ? 'video.uploaded' : null;
  if (before === 'processing' && after === 'completed') return 'video.processed';
  return after === 'failed' ? 'video.failed' : null;
}

/** Nothing that a row refers to is lost; whatever else is there is doomed. */
async function checkObjects({ videos }: Stage): Promise<void> {
  const { sequelize } = videos.db;
  const referred = await rowsOf<{ key: string }>(
    sequelize,
    `SELECT object_key AS key FROM videos WHERE source_removed_at IS NULL
     UNION SELECT archive_key FROM extractions WHERE status = 'completed'
     UNION SELECT preview->>'key' FROM extractions WHERE status = 'completed'
     UNION SELECT key FROM ranges WHERE key IS NOT NULL`,
  );
  const doomed = new Set(await videos.doomedKeys());
  const there = await videos.objects();
  const needed = referred.map(({ key }) => key);
  expect(needed.filter((key) => !there.includes(key) || doomed.has(key))).toEqual([]);
  expect(there.filter((key) => !needed.includes(key) && !doomed.has(key))).toEqual([]);
}

const HELD = (personId: string, now: string) => `
  SELECT
    (SELECT coalesce(sum(size), 0) FROM (
      SELECT DISTINCT object_key, size FROM videos WHERE person_id = '${personId}' AND source_removed_at IS NULL
    ) AS sources) AS "sources",
    (SELECT count(*) FROM uploads WHERE person_id = '${personId}' AND lease_until > '${now}') AS "transfers",
    (SELECT count(*) FROM extractions WHERE person_id = '${personId}' AND status = 'processing') AS "running"`;

/** Counters are right, and limits hold. */
async function checkPerson({ videos: { db }, world }: Stage, personId: string): Promise<void> {
  const [held] = await rowsOf<Record<'sources' | 'transfers' | 'running', string>>(
    db.sequelize,
    HELD(personId, world.now.toISOString()),
  );
  const { quotas } = rules;
  const limits = limitsOf(world, personId);
  expect(Number(held?.sources)).toBeLessThanOrEqual(limits.storedBytes);
  expect(Number(held?.transfers)).toBeLessThanOrEqual(limits.concurrentUploads);
  expect(Number(held?.running)).toBeLessThanOrEqual(scheduling.maxRunningPerPerson);
  const { videosPerDay, concurrentUploads } = await readUsage(db, personId, quotas, world.now);
  expect(videosPerDay.used).toBe(world.said.made.get(dayKey(personId, world.now)) ?? 0);
  expect(videosPerDay.used).toBeLessThanOrEqual(limits.videosPerDay);
  expect(concurrentUploads.used).toBe(Number(held?.transfers));
}

/** Once nothing of theirs is under way, nothing is left of people who have gone, but that they have. */
export async function checkGone(stage: Stage): Promise<void> {
  const { videos, world } = stage;
  await checkDeeds(stage);
  for (const personId of world.gone) {
    await purgePerson(videos.db, personId, world.now);
    const tables = await tablesWith(videos.db.sequelize, personId);
    expect(tables.filter((name) => !name.endsWith('_log'))).toEqual([]);
  }
}
