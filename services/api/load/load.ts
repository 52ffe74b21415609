import { ProblemError } from '../../../lib/errors.ts';
import { metrics } from '../../../lib/metrics.ts';
import { codeOf } from '../problem.ts';
import { Limit } from './limit.ts';
import { WaitingTime } from './waiting-time.ts';

/** How often {@link Load.look} is to be called. */
export const LOOK_MS = 250;

/** With so few calls waiting the gateway takes every request. */
const GATEWAY_FLOOR = 50;
/** A request needs several turns of the event loop, and its answer should come in the time that is allowed. */
const LOOP_TURNS = 4;
/** Beyond this part of the heap, collecting garbage takes most of the time, and then the process ends. */
const MAX_HEAP = 0.85;

/** How the process is. */
export interface Pressure {
  /** How late the event loop is, in milliseconds, in the middle of many readings. */
  loopDelayMs: number;
  /** How much of the heap that there may be is used, from 0 to 1. */
  heap: number;
}

/** What a person who runs it may want to know. */
interface LoadState {
  /** Calls of services that requests wait for. */
  waiting: number;
  /** How many may wait at present before new requests are refused. */
  limit: number;
  loopDelayMs: number;
  /** Requests refused since the start: at the door, or by the limit of what they ask for. */
  shed: { gateway: number; action: number };
}

/**
 * How loaded the gateway and what is behind it are. What counts is the calls that requests wait for: not connections,
 * bodies on their way or open streams, which cost little, last as long as clients like, and would let slow clients shut
 * others out.
 */
export interface Load {
  /** Whether a new request is taken at all; a refused one is counted. */
  admit(): boolean;
  /**
   * Call an action, counted and timed.
   * @param mayRefuse whether this may be refused when too many wait for the same action
   * @throws ProblemError `overloaded`, and whatever the call throws
   */
  carry<Result>(action: string, mayRefuse: boolean, run: () => Promise<Result>): Promise<Result>;
  /** Adapt to how it goes; every {@link LOOK_MS}. */
  look(pressure: Pressure): void;
  state(): LoadState;
}

interface LoadOptions {
  /** How many calls may wait at a time, at most. */
  maxWaiting: number;
  /** How long a request may wait for its turn, in milliseconds, before others are refused; 0 refuses nobody. */
  maxDelayMs: number;
  /** Milliseconds of any beginning. */
  clock: () => number;
  /** From 0 to 1; spreads those who come back. */
  random: () => number;
}

/** The load of one gateway, which has seen nothing yet. */
export function createLoad({ maxWaiting, maxDelayMs, clock, random }: LoadOptions): Load {
  const gateway = new Limit(maxWaiting, GATEWAY_FLOOR);
  const actions = new Map<string, { limit: Limit; time: WaitingTime }>();
  const shed = { gateway: 0, action: 0 };
  const isOff = maxDelayMs === 0;
  let loopDelayMs = 0;
  let lookedAt = clock();

  const of = (action: string) => {
    const known = actions.get(action) ?? { limit: new Limit(maxWaiting), time: new WaitingTime() };
    actions.set(action, known);
    return known;
  };

  return {
    admit: () => {
      if (isOff || gateway.admits) return true;
      shed.gateway += 1;
      metrics.shed.inc({ by: 'gateway' });
      return false;
    },
    carry: async (action, mayRefuse, run) => {
      const { limit, time } = of(action);
      if (mayRefuse && !isOff && !limit.admits) {
        shed.action += 1;
        metrics.shed.inc({ by: 'action' });
        throw overloaded(random);
      }
      const began = clock();
      limit.waiting += 1;
      gateway.waiting += 1;
      try {
        const result = await run();
        time.note(clock() - began);
        return result;
      } catch (error) {
        // Who was turned away has not come through.
        if (codeOf(error) !== 'overloaded') time.note(clock() - began);
        throw error;
      } finally {
        limit.waiting -= 1;
        gateway.waiting -= 1;
      }
    },
    look: (pressure) => {
      ({ loopDelayMs } = pressure);
      const part = maxDelayMs / Math.max(1, clock() - lookedAt);
      lookedAt = clock();
      const finished = [...actions.values()].reduce((sum, { time }) => sum + time.finished, 0);
      gateway.look(loopDelayMs > maxDelayMs / LOOP_TURNS || pressure.heap > MAX_HEAP, finished * part);
      for (const { limit, time } of actions.values()) {
        limit.look(time.isLong(maxDelayMs, limit.isBusy), time.finished * part);
        time.restart();
      }
    },
    state: () => ({ waiting: gateway.waiting, limit: gateway.current, loopDelayMs, shed: { ...shed } }),
  };
}

/** Refused clients that all come back in the same second would be the next overload. */
const RETRY_SECONDS = { min: 1, max: 4 };

/** The answer to whoever is refused: try again in a few seconds, not all at once. */
export function overloaded(random: () => number = Math.random): ProblemError {
  const { min, max } = RETRY_SECONDS;
  return new ProblemError('overloaded', { retryAfterSeconds: min + Math.floor(random() * (max - min)) });
}
