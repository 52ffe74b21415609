import { QueryTypes } from 'sequelize';
import type { Logger } from '../../lib/logger.ts';
import type { ListedObject, ObjectStore } from '../../lib/storage/object-store.ts';
import type { VideoDatabase } from './models.ts';
import { tell } from './retention.ts';
import type { Going } from './retention-rules.ts';

/**
 * Objects that nothing refers to: what was written after the system had given up on it, or before a database was put
 * back to an older state. Only what this system can have made is looked at; a store may hold other people's things.
 */

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Every kind of key: `owner` is the id of a row, `base` the key of the object that a companion belongs to. */
const layouts: Record<string, RegExp> = {
  'sources/': new RegExp(`^(?<base>sources/(?<owner>${UUID}))$`),
  'uploads/': new RegExp(`^(?<base>uploads/(?<owner>${UUID}))(\\.(json|info|part))?$`),
  'archives/': new RegExp(`^(?<base>archives/(?<owner>${UUID})/(?<attempt>\\d{1,9})\\.zip)$`),
  'previews/': new RegExp(`^(?<base>previews/(?<owner>${UUID})/(?<attempt>\\d{1,9})\\.jpg)$`),
  'parts/': new RegExp(`^(?<base>parts/(?<owner>${UUID})/(?<attempt>\\d{1,9})/(?<part>\\d{1,9}))$`),
  'ranges/': new RegExp(`^(?<base>ranges/(?<owner>${UUID})/(?<attempt>\\d{1,9}))$`),
};

/** A row refers to its object long before this. */
const MIN_AGE_MS = 3600 * 1000;
const BATCH = 500;

interface Candidate extends ListedObject {
  base: string;
  owner: string;
  attempt?: string;
  part?: string;
}

/**
 * One statement, hence one moment. What is an orphan then is one for ever: a row refers to a new object, one that stands
 * in `doomed_objects`, or one that another row refers to.
 */
const ORPHANS = `
  WITH candidates AS (
    SELECT * FROM jsonb_to_recordset(CAST(:candidates AS jsonb))
      AS c (key text, base text, owner uuid, attempt integer, part integer)
  ), orphans AS (
    SELECT c.key FROM candidates c
    WHERE NOT EXISTS (SELECT FROM doomed_objects d WHERE d.key = c.key OR d.key = c.base)
      AND NOT EXISTS (SELECT FROM videos v WHERE v.object_key = c.base AND v.source_removed_at IS NULL)
      AND NOT EXISTS (SELECT FROM uploads u WHERE u.object_key = c.base)
      AND NOT EXISTS (SELECT FROM extractions e WHERE e.status = 'completed' AND e.archive_key = c.key)
      AND NOT EXISTS (SELECT FROM extractions e WHERE e.status = 'completed' AND e.preview->>'key' = c.key)
      AND NOT EXISTS (
        SELECT FROM extractions e WHERE e.id = c.owner AND e.status = 'processing' AND e.attempt = c.attempt
      )
      AND NOT EXISTS (
        SELECT FROM frame_parts p WHERE p.extraction_id = c.owner AND p.attempt = c.attempt AND p.part = c.part
      )
      AND NOT EXISTS (SELECT FROM ranges r WHERE r.id = c.owner AND r.attempt = c.attempt)
  )`;
const TELL = `${ORPHANS} SELECT key FROM orphans`;
const DOOM = `${ORPHANS}
  INSERT INTO doomed_objects (key, due_at) SELECT key, :now FROM orphans ON CONFLICT DO NOTHING RETURNING key`;

/**
 * Doom the orphans in the store; the sweep deletes them.
 * @returns them, while they are found; in a dry run nothing is doomed
 */
export async function* doomOrphans(
  { db, store }: { db: VideoDatabase; store: ObjectStore },
  { dryRun, now }: { dryRun: boolean; now: Date },
): AsyncGenerator<Going> {
  for await (const batch of batches(candidatesIn(store, now))) {
    for (const { key, size } of await orphansAmong(db, batch, { dryRun, now })) {
      yield { what: 'object', id: key, key, reason: 'nothing refers to the object', expiredAt: null, size };
    }
  }
}

async function orphansAmong(
  { sequelize }: VideoDatabase,
  batch: Candidate[],
  { dryRun, now }: { dryRun: boolean; now: Date },
): Promise<Candidate[]> {
  const replacements = { candidates: JSON.stringify(batch), now };
  const options = { replacements, type: QueryTypes.SELECT } as const;
  const rows = await sequelize.query<{ key: string }>(dryRun ? TELL : DOOM, options);
  const keys = new Set(rows.map(({ key }) => key));
  return batch.filter(({ key }) => keys.has(key));
}

/** Crashes leave few orphans. */
const MANY = 100;

/**
 * Whether most objects in the store are unknown to the database: then it is probably the wrong one of the two, and
 * nothing should be deleted unless a person says so.
 */
export async function isForeign(
  { db, store }: { db: VideoDatabase; store: ObjectStore },
  now: Date,
): Promise<boolean> {
  let known = 0;
  let unknown = 0;
  for await (const batch of batches(candidatesIn(store, now))) {
    const orphans = await orphansAmong(db, batch, { dryRun: true, now });
    unknown += orphans.length;
    known += batch.length - orphans.length;
  }
  return unknown > MANY && unknown > known;
}

async function* candidatesIn(store: ObjectStore, now: Date): AsyncGenerator<Candidate> {
  for (const [prefix, layout] of Object.entries(layouts)) {
    for await (const object of store.list(prefix)) {
      const parts = layout.exec(object.key)?.groups as Omit<Candidate, keyof ListedObject> | undefined;
      const age = now.getTime() - object.modifiedAt.getTime();
      if (parts && age > MIN_AGE_MS) yield { ...object, ...parts };
    }
  }
}

async function* batches(candidates: AsyncIterable<Candidate>): AsyncGenerator<Candidate[]> {
  let batch: Candidate[] = [];
  for await (const candidate of candidates) {
    batch.push(candidate);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Any number that only this look has. */
const ORPHANS_LOCK = 2_718_281;

/** Run a look at all objects on one replica at a time; elsewhere it is left out. */
export async function onOneReplica(
  { sequelize }: VideoDatabase,
  look: () => Promise<unknown>,
): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    const [row] = await sequelize.query<{ free: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${ORPHANS_LOCK}) AS free`,
      { type: QueryTypes.SELECT, transaction },
    );
    if (row?.free) await look();
  });
}

/** Look at all objects, and doom the orphans; or only tell of them, when they are so many that this must be a mistake. */
export async function clearOrphans(
  places: { db: VideoDatabase; store: ObjectStore },
  dryRun: boolean,
  logger: Logger,
): Promise<void> {
  await onOneReplica(places.db, async () => {
    const now = new Date();
    const foreign = await isForeign(places, now);
    if (foreign) {
      logger.error('Most objects are unknown to the database. Is it the right one? They are kept');
    }
    const keeps = dryRun || foreign;
    await tell(doomOrphans(places, { dryRun: keeps, now }), keeps, logger);
  });
}
