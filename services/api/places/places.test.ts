import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ProblemError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { PLACE_RENEWAL_MS, type JudgedPlaces, type Place, type ToldPlaces } from '../../../lib/places.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { createPlaces, type Places } from './places.ts';

const place: Place = { kind: 'streams', personId: randomUUID() };

let told: ToldPlaces[];
let places: Places;
let now: number;
/** What `auth` does with the next calls. */
let judge: (told: ToldPlaces) => Promise<JudgedPlaces>;
beforeEach(() => {
  [told, now] = [[], 0];
  judge = () => Promise.resolve({ refused: [] });
  places = createPlaces({
    tell: (some) => {
      told.push(some);
      return judge(some);
    },
    logger: silentLogger,
    clock: () => now,
  });
  places.start();
});
afterEach(() => places.stop());

const taken = () => told.flatMap((some) => some.taken);

test('all who come while a call is on its way share the next one', async () => {
  const first = Promise.withResolvers<JudgedPlaces>();
  judge = () => first.promise;
  const early = places.take(place);
  await eventually(() => told.length === 1, 'the first call');
  const later = Array.from({ length: 50 }, () => places.take(place));
  judge = () => Promise.resolve({ refused: [] });
  first.resolve({ refused: [] });
  await Promise.all([early, ...later]);
  expect(told.map((some) => some.taken.length)).toEqual([1, 50]);
  expect(told.map(({ turn }) => turn)).toEqual([1, 2]);
});

test('who is refused gets no place, and the others do', async () => {
  judge = (some) => Promise.resolve({ refused: some.taken.slice(1).map(({ id }) => id) });
  const both = await Promise.allSettled([places.take(place), places.take(place)]);
  expect(both).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { type: 'too_many_requests', data: { retryAfterSeconds: 10 } } },
  ]);
});

test('what goes on is renewed by calls without any place, and nothing is said when nothing is held', async () => {
  const leave = await places.take(place);
  now = PLACE_RENEWAL_MS;
  await eventually(() => told.length === 2, 'the renewal');
  expect(told[1]).toMatchObject({ taken: [], left: [] });
  leave();
  leave();
  await eventually(() => told.length === 3, 'the leaving');
  expect(told[2]?.left).toEqual([told[0]?.taken[0]?.id]);
  now = 10 * PLACE_RENEWAL_MS;
  const other = await places.take(place);
  expect(told).toHaveLength(4);
  expect(told[3]?.left).toEqual([]);
  other();
});

test('while nobody counts everybody gets a place, which is told later as settled; what was left is told, too', async () => {
  let isAway = true;
  judge = () => (isAway ? Promise.reject(new ProblemError('unavailable')) : Promise.resolve({ refused: [] }));
  const [leaveFirst] = [await places.take(place), await places.take(place)];
  leaveFirst();
  isAway = false;
  const ids = taken().map(({ id }) => id);
  await eventually(() => told.at(-1)?.left.includes(ids[0] ?? ''), 'the leaving to be told');
  expect(told.at(-1)?.taken).toEqual([{ ...place, id: ids.at(-1), isSettled: true }]);
  const count = told.length;
  await places.take(place);
  expect(told.slice(count).map((some) => [some.taken.length, some.left.length])).toEqual([[1, 0]]);
});

test('a gateway that stops tells what was left', async () => {
  const leave = await places.take(place);
  leave();
  await places.stop();
  expect(told.at(-1)?.left).toHaveLength(1);
});
