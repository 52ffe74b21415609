import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Origin } from '../../../lib/accounts.ts';
import { problemCode } from '../../../lib/errors.ts';
import { metrics } from '../../../lib/metrics.ts';
import { sendProblem } from '../problem.ts';
import { notesOf } from '../request-notes.ts';
import type { Places } from './places.ts';

/** A request that takes longer than this takes a place; nothing is counted, or written, of all the others. */
const SLOW_MS = 5000;
const LOOK_MS = 1000;

interface SlowRequestsOptions {
  take: Places['take'];
  originOf: (req: IncomingMessage) => Origin;
  /** What has a limit of its own. */
  isExempt: (req: IncomingMessage) => boolean;
  slowMs?: number;
  clock?: () => number;
}

interface Running {
  req: IncomingMessage;
  res: ServerResponse;
  began: number;
}

/**
 * Whoever sends or reads slowly holds a connection, perhaps an open file and a part of an upload. How many of those a
 * person or a network may hold is counted by `auth` for all gateways; those that are too many are ended.
 */
export function createSlowRequests(options: SlowRequestsOptions) {
  const { take, originOf, isExempt, slowMs = SLOW_MS, clock = () => performance.now() } = options;
  /** In the order of their beginning. */
  const fresh = new Set<Running>();

  const hold = async ({ req, res }: Running) => {
    try {
      const { personId } = notesOf(req);
      const { address } = originOf(req);
      const leave = await take({ kind: 'slow', personId, address });
      metrics.slowRequests.inc();
      const end = () => {
        metrics.slowRequests.dec();
        leave();
      };
      if (res.closed) end();
      else res.once('close', end);
    } catch (error) {
      if (problemCode(error) === 'too_many_requests') sendProblem(req, res, error);
    }
  };

  const look = () => {
    const before = clock() - slowMs;
    for (const running of fresh) {
      if (running.began > before) return;
      fresh.delete(running);
      if (!isExempt(running.req)) void hold(running);
    }
  };

  return {
    /** Watch over what this handles. */
    watch:
      (handle: RequestListener): RequestListener =>
      (req, res) => {
        const running = { req, res, began: clock() };
        fresh.add(running);
        res.once('close', () => fresh.delete(running));
        handle(req, res);
      },
    /** @returns stops it */
    start: () => {
      const timer = setInterval(look, LOOK_MS);
      return () => clearInterval(timer);
    },
    look,
  };
}
