import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase, migrate } from '../../lib/database.ts';
import { silentLogger } from '../../lib/logger.ts';
import { metrics } from '../../lib/metrics.ts';
import { PLACE_LEASE_MS, type Place } from '../../lib/places.ts';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { keepPlaces, placesMigration, removeLeftPlaces } from './places.ts';

const limits = { streams: { of: 3, from: 5 }, slow: { of: 2, from: 2 } };
const START = Date.parse('2026-01-01T12:00:00Z');

let replicas: [Sequelize, Sequelize];
let clock: number;
beforeAll(async () => {
  const url = await emptyDatabaseUrl();
  replicas = [createDatabase(url), createDatabase(url)];
  clock = START;
  await migrate(one(), [placesMigration], silentLogger);
});
afterAll(() => Promise.all(replicas.map((sequelize) => sequelize.close())));

const one = () => replicas[0];

/** A gateway, which reaches one of the replicas. */
function gateway(replica: 0 | 1 = 0) {
  const holder = randomUUID();
  let turn = 0;
  const say = (
    told: { taken?: (Place & { id: string; isSettled?: boolean })[]; left?: string[] },
    at = ++turn,
  ) => {
    const taken = (told.taken ?? []).map((place) => ({ isSettled: false, ...place }));
    const whole = { holder, turn: at, taken, left: told.left ?? [] };
    return keepPlaces({ sequelize: replicas[replica] }, limits, whole, new Date(clock));
  };
  /** @returns whether each of them got a place */
  const take = async (...places: Place[]) => {
    const taken = places.map((place) => ({ ...place, id: randomUUID() }));
    const { refused } = await say({ taken });
    return taken.map(({ id }) => (refused.includes(id) ? null : id));
  };
  return { say, take };
}

const streamOf = (personId: string, address = `10.0.0.${Math.random()}`): Place => ({
  ...{ kind: 'streams', personId, address },
});
const refusals = async (limit: string) =>
  (await metrics.abuse.get()).values.find(({ labels }) => labels.limit === limit)?.value ?? 0;

test('a person has so many at all gateways together, whoever counts, also when all ask at once', async () => {
  const [ann, before] = [randomUUID(), await refusals('streams-of')];
  const gateways = [gateway(0), gateway(1), gateway(0), gateway(1)];
  const got = (await Promise.all(gateways.map((it) => it.take(streamOf(ann), streamOf(ann))))).flat();
  expect(got.filter((id) => id !== null)).toHaveLength(3);
  expect((await refusals('streams-of')) - before).toBe(5);
  // Of another kind, and somebody else's.
  expect(await gateway().take({ kind: 'slow', personId: ann }, streamOf(randomUUID()))).not.toContain(null);
});

test('a network has so many, with however many accounts; an IPv6 network counts as one', async () => {
  const [here, there] = [gateway(0), gateway(1)];
  for (let n = 0; n < 5; n += 1) {
    const [id] = await (n % 2 ? here : there).take(streamOf(randomUUID(), `2001:db8:7::${n}`));
    expect(id).not.toBeNull();
  }
  const anonymous = { kind: 'streams', address: '2001:db8:7::99' } as const;
  expect(await here.take(streamOf(randomUUID(), '2001:db8:7::98'), anonymous)).toEqual([null, null]);
  expect(await here.take(streamOf(randomUUID(), '2001:db8:8::1'))).not.toContain(null);
});

test('what is left makes room at every gateway', async () => {
  const [ann, here, there] = [randomUUID(), gateway(0), gateway(1)];
  const [id] = await here.take(streamOf(ann), streamOf(ann), streamOf(ann));
  expect(await there.take(streamOf(ann))).toEqual([null]);
  await here.say({ left: [id ?? ''] });
  expect(await there.take(streamOf(ann), streamOf(ann))).toEqual([expect.any(String), null]);
});

test('a gateway that says nothing any more has no places after its lease, and has them again when it comes back', async () => {
  const [ann, dead, alive] = [randomUUID(), gateway(0), gateway(1)];
  await dead.take(streamOf(ann), streamOf(ann), streamOf(ann));
  clock += PLACE_LEASE_MS - 1;
  expect(await alive.take(streamOf(ann))).toEqual([null]);
  clock += 1;
  const [id] = await alive.take(streamOf(ann));
  expect(id).not.toBeNull();
  await dead.say({});
  await alive.say({ left: [id ?? ''] });
  expect(await alive.take(streamOf(ann))).toEqual([null]);
});

test('what was let in uncounted counts, and is not refused', async () => {
  const [ann, here] = [randomUUID(), gateway()];
  const settled = Array.from({ length: 4 }, () => ({ ...streamOf(ann), id: randomUUID(), isSettled: true }));
  expect(await here.say({ taken: settled })).toEqual({ refused: [] });
  expect(await here.take(streamOf(ann))).toEqual([null]);
});

test('a call that comes twice says the same, and one that is late brings nothing back', async () => {
  const [ann, here] = [randomUUID(), gateway()];
  const taken = Array.from({ length: 4 }, () => ({ ...streamOf(ann), id: randomUUID() }));
  const first = await here.say({ taken }, 1);
  expect(first.refused).toHaveLength(1);
  expect(await here.say({ taken }, 1)).toEqual(first);
  const ids = taken.map(({ id }) => id);
  await here.say({ left: ids }, 3);
  expect((await here.say({ taken }, 2)).refused).toEqual(ids);
  expect(await gateway().take(streamOf(ann), streamOf(ann), streamOf(ann))).not.toContain(null);
});

test('gateways that ended long ago are removed with their places', async () => {
  await gateway().take(streamOf(randomUUID()));
  const count = async () => {
    const [[row]] = (await one().query('SELECT count(*)::integer AS places FROM places')) as [
      { places: number }[],
      unknown,
    ];
    return row?.places;
  };
  await removeLeftPlaces({ sequelize: one() }, new Date(clock));
  expect(await count()).toBeGreaterThan(0);
  await removeLeftPlaces({ sequelize: one() }, new Date(clock + 2 * 3_600_000));
  expect(await count()).toBe(0);
});
