import { z } from 'zod';

/**
 * What lasts, and costs a gateway something as long as it does: an open event stream, and a request that takes long,
 * most often because its client sends or reads slowly.
 */
const placeKinds = ['streams', 'slow'] as const;
export type PlaceKind = (typeof placeKinds)[number];

/** How many places are told of in one call, at most. */
export const PLACES_AT_ONCE = 1000;

/** A gateway says so often that it lives; whoever has said nothing for the time of a lease has no places any more. */
export const PLACE_RENEWAL_MS = 5000;
export const PLACE_LEASE_MS = 20_000;

const place = z.strictObject({
  id: z.uuid(),
  kind: z.enum(placeKinds),
  personId: z.uuid().optional(),
  address: z.string().max(100).optional(),
  /** It was let in while nobody could count it: it counts, and is not refused any more. */
  isSettled: z.boolean(),
});

/** Who has the place: a person, a network, or both. */
export type Place = Omit<z.output<typeof place>, 'id' | 'isSettled'>;

/** What a gateway tells `auth`: the places that were taken there and left there since it has told the last time. */
export const toldPlaces = z.strictObject({
  /** The process. */
  holder: z.uuid(),
  /** Counts the calls of the process: one that arrives behind a later one changes nothing. */
  turn: z.int().min(1),
  taken: z.array(place).max(PLACES_AT_ONCE),
  left: z.array(z.uuid()).max(PLACES_AT_ONCE),
});
export type ToldPlaces = z.output<typeof toldPlaces>;

/** Those of the taken places that are too many. */
export interface JudgedPlaces {
  refused: string[];
}
