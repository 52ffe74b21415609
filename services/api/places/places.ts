import { randomUUID } from 'node:crypto';
import { ProblemError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { startLoop, type Loop } from '../../../lib/loop.ts';
import {
  PLACE_RENEWAL_MS,
  PLACES_AT_ONCE,
  type JudgedPlaces,
  type Place,
  type ToldPlaces,
} from '../../../lib/places.ts';

/** What was left is told within this time. */
const TELL_MS = 1000;
const RETRY_SECONDS = 10;

/** Leaves a place. */
type Leave = () => void;

/** The places that are taken at this gateway; `auth` counts those of all gateways. */
export interface Places {
  /** @throws ProblemError `too_many_requests` when the person, or the network, has enough of them */
  take(place: Place): Promise<Leave>;
  start(): void;
  /** Tell what was left, and no more. */
  stop(): Promise<void>;
}

interface PlacesOptions {
  /** Calls `auth`. */
  tell: (told: ToldPlaces) => Promise<JudgedPlaces>;
  logger: Logger;
  clock?: () => number;
}

interface Asker {
  place: Place;
  answer: PromiseWithResolvers<undefined>;
}

/**
 * All that is taken and left while a call is on its way goes into the next one, so that there is never more than one,
 * and however many streams go on, they are renewed by one row. While nobody can count, everybody gets a place: a gateway
 * has its own limits, and what can't be counted for a while must not end what people do. Such places are told later.
 */
export function createPlaces({ tell, logger, clock = () => performance.now() }: PlacesOptions): Places {
  const holder = randomUUID();
  const asking = new Map<string, Asker>();
  /** Let in without an answer. */
  const untold = new Map<string, Place>();
  const held = new Set<string>();
  const left = new Set<string>();
  let turn = 0;
  let toldAt = -Infinity;
  let isAway = false;
  let loop: Loop | undefined;

  const next = () => {
    const taken = [
      ...[...untold].map(([id, place]) => ({ ...place, id, isSettled: true })),
      ...[...asking].map(([id, { place }]) => ({ ...place, id, isSettled: false })),
    ];
    turn += 1;
    return {
      ...{ holder, turn },
      taken: taken.slice(0, PLACES_AT_ONCE),
      left: [...left].slice(0, PLACES_AT_ONCE),
    };
  };

  const answered = (told: ToldPlaces, refused: Set<string>) => {
    for (const { id } of told.taken) {
      const answer = asking.get(id)?.answer;
      if (refused.has(id)) answer?.reject(tooMany());
      else answer?.resolve(undefined);
      asking.delete(id);
      untold.delete(id);
    }
    for (const id of told.left) left.delete(id);
  };

  const letIn = (told: ToldPlaces) => {
    for (const { id } of told.taken) {
      const asker = asking.get(id);
      if (!asker) continue;
      asking.delete(id);
      untold.set(id, asker.place);
      asker.answer.resolve(undefined);
    }
  };

  const say = (error?: unknown) => {
    if (isAway === (error !== undefined)) return;
    isAway = error !== undefined;
    if (isAway) logger.warn('Streams and slow requests are not counted for now', error);
    else logger.info('Streams and slow requests are counted again');
  };

  const turnOver = async () => {
    const isDue = held.size > 0 && clock() - toldAt >= PLACE_RENEWAL_MS;
    if (asking.size + untold.size + left.size === 0 && !isDue) return;
    const told = next();
    try {
      answered(told, new Set((await tell(told)).refused));
      toldAt = clock();
      say();
    } catch (error) {
      letIn(told);
      say(error);
      return;
    }
    if (asking.size > 0 || left.size >= PLACES_AT_ONCE) loop?.kick();
  };

  const leave = (id: string) => {
    held.delete(id);
    untold.delete(id);
    // Also where it was not told yet: a call that says so may be on its way.
    left.add(id);
  };

  return {
    take: async (place) => {
      const id = randomUUID();
      const answer = Promise.withResolvers<undefined>();
      asking.set(id, { place, answer });
      loop?.kick();
      await answer.promise;
      held.add(id);
      return () => leave(id);
    },
    start: () => {
      loop = startLoop('Counting streams and slow requests', TELL_MS, turnOver, logger);
    },
    stop: async () => {
      await loop?.stop();
      // What fails here ends by itself: nobody says that this gateway lives.
      if (left.size > 0) await tell(next()).catch(() => undefined);
    },
  };
}

const tooMany = () =>
  new ProblemError('too_many_requests', {
    detail: 'There are too many of these at once from where you are; end one of them',
    retryAfterSeconds: RETRY_SECONDS,
  });
