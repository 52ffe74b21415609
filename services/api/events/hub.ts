import { metrics } from '../../../lib/metrics.ts';
import type { ServerResponse } from 'node:http';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { startLoop, type Loop } from '../../../lib/loop.ts';
import { createFollower } from './follow.ts';
import type { EventSource } from './source.ts';
import { EventStream } from './stream.ts';

export interface EventTimes {
  /** How often each source is asked. */
  followMs: number;
  /** A stream with nothing to tell says so this often. */
  heartbeatMs: number;
  /** Whether the caller may still listen is asked this often. */
  checkMs: number;
  /** How often the places of queued videos are looked at. */
  movedMs: number;
}

/** @public */
export const eventTimes: EventTimes = {
  followMs: 300,
  heartbeatMs: 15_000,
  checkMs: 5000,
  movedMs: 3000,
};

interface HubOptions {
  sources: EventSource[];
  /** How many streams a person may have here. */
  maxStreams: number;
  /** How many everybody may have together. */
  maxAll: number;
  logger: Logger;
  times?: Partial<EventTimes>;
  clock?: () => number;
}

interface Listener {
  personId: string;
  res: ServerResponse;
  lastEventId: string;
  /** Takes a place among the streams at all gateways, until the function that it gives is called. */
  hold: () => Promise<() => void>;
  /** Rejects with `unauthorized` once the caller may not listen any longer. */
  check: () => Promise<unknown>;
}

interface Entry {
  stream: EventStream;
  check: Listener['check'];
}

/** Whoever was sent away together should not come back in the same moment. */
const comeBackMs = () => 500 + Math.floor(Math.random() * 1500);

const SWEEP_MS = 1000;

/** The live events of one gateway: all open streams, and one follower for each source. */
export function createHub({ sources, maxStreams, maxAll, logger, times, clock = Date.now }: HubOptions) {
  const { followMs, heartbeatMs, checkMs, movedMs } = { ...eventTimes, ...times };
  const entries = new Set<Entry>();
  const streams = () => Array.from(entries, ({ stream }) => stream);
  let loops: Loop[] = [];
  let isClosed = false;

  const start = () => {
    if (loops.length > 0) return;
    const turns = sources.map((source, index) => ({
      name: source.name,
      turn: whileAway(
        source.name,
        createFollower({ source, index, streams, movedMs, clock }),
        (level, text, error) => {
          if (!isClosed) logger[level](text, ...(error === undefined ? [] : [error]));
        },
      ),
    }));
    loops = [
      ...turns.map(({ name, turn }) => startLoop(`Following ${name}`, followMs, turn, logger)),
      startLoop('Keeping event streams', Math.min(SWEEP_MS, heartbeatMs, checkMs), sweep, logger),
    ];
  };

  const dismiss = (entry: Entry) => {
    if (entries.delete(entry)) entry.stream.end(comeBackMs());
  };

  const check = (entry: Entry) => {
    entry.stream.checkedAt = clock();
    entry.check().catch((error: unknown) => {
      // An auth that is away says nothing about the caller.
      if (['unauthorized', 'forbidden'].includes(problemCode(error) ?? '')) dismiss(entry);
    });
  };

  const sweep = () => {
    const now = clock();
    for (const entry of entries) {
      const { stream } = entry;
      if (!stream.isBlocked && now - stream.writtenAt >= heartbeatMs) stream.beat();
      if (now - stream.checkedAt >= checkMs) check(entry);
    }
    return Promise.resolve();
  };

  const insistOnRoom = (personId: string) => {
    if (isClosed) throw new ProblemError('unavailable', { retryAfterSeconds: 1 });
    if (entries.size >= maxAll) {
      metrics.abuse.inc({ limit: 'streams' });
      throw new ProblemError('overloaded', { retryAfterSeconds: 10 });
    }
    const own = streams().filter((stream) => stream.personId === personId).length;
    if (own >= maxStreams) {
      metrics.abuse.inc({ limit: 'streams' });
      const detail = 'You listen in too many places at once; close one of them';
      throw new ProblemError('too_many_requests', { detail, retryAfterSeconds: 10 });
    }
  };

  return {
    /**
     * Answer with a stream, until the client goes, may not listen any longer, or the gateway stops.
     * @throws ProblemError `too_many_requests` when the person or the network has too many, `overloaded` when all have,
     * `unavailable` when the gateway stops
     */
    async open({ personId, res, lastEventId, hold, check: mayListen }: Listener): Promise<void> {
      insistOnRoom(personId);
      const leave = await hold();
      if (res.closed) {
        leave();
        return;
      }
      res.once('close', leave);
      // Others may have come meanwhile.
      insistOnRoom(personId);
      const onDrain = () => loops.forEach((loop) => loop.kick());
      const options = { personId, res, lastEventId, sources: sources.length, clock, onDrain };
      const entry = { stream: new EventStream(options), check: mayListen };
      entries.add(entry);
      metrics.eventStreams.inc();
      res.once('close', () => {
        metrics.eventStreams.dec();
        entries.delete(entry);
      });
      start();
      onDrain();
    },

    /** How many streams are open. */
    size: () => entries.size,

    /**
     * End every stream; their clients come back to another gateway, or to this one after its start. A question that
     * is on its way to a service is not waited for.
     */
    close(): void {
      isClosed = true;
      for (const entry of [...entries]) dismiss(entry);
      for (const loop of loops.splice(0)) void loop.stop();
    },
  };
}

export type Hub = ReturnType<typeof createHub>;

/** A service that is away is no error here: it is said once, and once more when it is back. */
function whileAway(
  name: string,
  turn: () => Promise<void>,
  say: (level: 'info' | 'warn', text: string, error?: unknown) => void,
): () => Promise<void> {
  let isAway = false;
  return async () => {
    try {
      await turn();
      if (isAway) say('info', `The events of ${name} go on`);
      isAway = false;
    } catch (error) {
      if (!isAway) say('warn', `The events of ${name} wait`, error);
      isAway = true;
    }
  };
}
