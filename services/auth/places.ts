import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Migration } from '../../lib/database.ts';
import { digest } from '../../lib/digest.ts';
import { metrics, type AbuseLimit } from '../../lib/metrics.ts';
import { networkOf } from '../../lib/networks.ts';
import { PLACE_LEASE_MS, type JudgedPlaces, type PlaceKind, type ToldPlaces } from '../../lib/places.ts';

/**
 * The places of all gateways, so that a person, or a network, gets no more by going from one gateway to the next. One
 * row for each gateway is renewed, not one for each place.
 */

/** How many places of a kind there may be: of a person, and from a network. */
export type PlaceLimits = Record<PlaceKind, { of: number; from: number }>;

/** Until then a gateway that comes back finds its places again. */
const KEPT_MS = 3_600_000;

export const placesMigration: Migration = {
  name: '021-places',
  sql: `
    -- The gateways that live, and for how long that is believed.
    CREATE TABLE place_holders (
      id uuid PRIMARY KEY,
      turn integer NOT NULL,
      expires_at timestamptz(3) NOT NULL
    );
    -- Their open event streams and slow requests. It refers to no person: they may be gone by then.
    CREATE TABLE places (
      id uuid PRIMARY KEY,
      holder_id uuid NOT NULL REFERENCES place_holders (id) ON DELETE CASCADE,
      kind text NOT NULL,
      person_id uuid,
      -- A digest.
      network text
    );
    CREATE INDEX places_of_holder ON places (holder_id);
    CREATE INDEX places_of_person ON places (person_id);
    CREATE INDEX places_from_network ON places (network);
  `,
};

type Taken = Pick<ToldPlaces['taken'][number], 'id' | 'kind' | 'isSettled'> & {
  personId: string | null;
  network: string | null;
};

/**
 * Note what a gateway tells, and that it lives. Told once more, it says the same as before.
 * @returns the places that are too many; they are not counted
 */
export async function keepPlaces(
  { sequelize }: { sequelize: Sequelize },
  limits: PlaceLimits,
  { holder, turn, taken: told, left }: ToldPlaces,
  now: Date,
): Promise<JudgedPlaces> {
  const taken = told.map(({ personId = null, address, ...place }) => {
    const network = address === undefined ? null : digest(networkOf(address));
    return { ...place, personId, network };
  });
  return sequelize.transaction(async (transaction) => {
    const says = sayIn(sequelize, transaction);
    if (await isNext(says, { holder, turn, now })) {
      if (left.length > 0) await says('DELETE FROM places WHERE id IN (:left)', { left });
      if (taken.length > 0) await seat(says, limits, holder, taken, now);
    }
    return { refused: await standing(says, taken) };
  });
}

/** Remove gateways that have ended, and their places. */
export async function removeLeftPlaces({ sequelize }: { sequelize: Sequelize }, now: Date): Promise<void> {
  await sequelize.query('DELETE FROM place_holders WHERE expires_at < :before', {
    replacements: { before: new Date(now.getTime() - KEPT_MS) },
  });
}

type Say = <Row extends object>(sql: string, replacements: Record<string, unknown>) => Promise<Row[]>;

const sayIn =
  (sequelize: Sequelize, transaction: Transaction): Say =>
  <Row extends object>(sql: string, replacements: Record<string, unknown>) =>
    sequelize.query<Row>(sql, { replacements, transaction, type: QueryTypes.SELECT });

/** Whether the call is a new one; then its gateway lives on. */
async function isNext(
  says: Say,
  { holder, turn, now }: Pick<ToldPlaces, 'holder' | 'turn'> & { now: Date },
): Promise<boolean> {
  const expiresAt = new Date(now.getTime() + PLACE_LEASE_MS);
  const rows = await says(
    `INSERT INTO place_holders AS known (id, turn, expires_at) VALUES (:holder, :turn, :expiresAt)
     ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, expires_at = excluded.expires_at
       WHERE known.turn < excluded.turn
     RETURNING id`,
    { holder, turn, expiresAt },
  );
  return rows.length > 0;
}

/** Give places to those for whom there are some; one gateway after the other, or two would give away the last one. */
async function seat(
  says: Say,
  limits: PlaceLimits,
  holder: string,
  taken: Taken[],
  now: Date,
): Promise<void> {
  await says("SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('places', 0))", {});
  const counts = await countThose(says, taken, now);
  const tooMany = (place: Taken) =>
    namesOf(place).find(([limit, who]) => (counts.get(`${limit} ${who}`) ?? 0) >= limitOf(limits, limit));
  const seated = taken.filter((place) => {
    const [limit] = (place.isSettled ? undefined : tooMany(place)) ?? [];
    if (limit !== undefined) metrics.abuse.inc({ limit });
    else for (const [name, who] of namesOf(place)) add(counts, `${name} ${who}`);
    return limit === undefined;
  });
  await says(
    `INSERT INTO places (id, holder_id, kind, person_id, network)
     SELECT id, :holder, kind, "personId", network FROM jsonb_to_recordset(CAST(:seated AS jsonb))
       AS place (id uuid, kind text, "personId" uuid, network text)
     ON CONFLICT DO NOTHING`,
    { holder, seated: JSON.stringify(seated) },
  );
}

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Under which limits a place is counted, and whose it is for each. */
function namesOf({ kind, personId, network }: Omit<Taken, 'id' | 'isSettled'>): [AbuseLimit, string][] {
  const names: [AbuseLimit, string | null][] = [
    [`${kind}-of`, personId],
    [`${kind}-from`, network],
  ];
  return names.flatMap(([limit, who]) => (who === null ? [] : [[limit, who]]));
}

function limitOf(limits: PlaceLimits, name: AbuseLimit): number {
  const [kind, side] = name.split('-') as [PlaceKind, 'of' | 'from'];
  return limits[kind][side];
}

/** How many places these people and networks have at gateways that live. */
async function countThose(says: Say, taken: Taken[], now: Date): Promise<Map<string, number>> {
  const rows = await says<{ limit: string; count: number }>(
    `WITH living AS (
       SELECT kind, person_id, network FROM places
         JOIN place_holders ON place_holders.id = holder_id AND expires_at > :now
         WHERE person_id IN (:people) OR network IN (:networks)
     )
     SELECT kind || '-of ' || person_id AS limit, count(*)::integer AS count FROM living
       WHERE person_id IS NOT NULL GROUP BY kind, person_id
     UNION ALL
     SELECT kind || '-from ' || network, count(*)::integer FROM living
       WHERE network IS NOT NULL GROUP BY kind, network`,
    {
      now,
      people: [null, ...taken.map(({ personId }) => personId)],
      networks: [null, ...taken.map(({ network }) => network)],
    },
  );
  return new Map(rows.map(({ limit, count }) => [limit, count]));
}

/** Those that have no place. */
async function standing(says: Say, taken: Taken[]): Promise<string[]> {
  const asked = taken.filter(({ isSettled }) => !isSettled).map(({ id }) => id);
  if (asked.length === 0) return [];
  const rows = await says<{ id: string }>('SELECT id FROM places WHERE id IN (:asked)', { asked });
  const seated = new Set(rows.map(({ id }) => id));
  return asked.filter((id) => !seated.has(id));
}
