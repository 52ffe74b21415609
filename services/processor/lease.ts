import type { Logger } from '../../lib/logger.ts';
import { startLoop } from '../../lib/loop.ts';
import type { Answer } from './video-port.ts';

/** People watch the progress, so it is told at least this often. */
const PROGRESS_MS = 2000;

/** A lease that is kept while work goes on. */
export interface Lease {
  /** Aborts when the attempt is no longer ours: a renewal was refused, or none got through until the lease ran out. */
  lost: AbortSignal;
  stop(): Promise<void>;
}

/**
 * Renew a lease at a steady pace. A renewal that can't be delivered is tried again at the next turn.
 * @param ask asks for a renewal
 */
export function keepLease(
  { leaseSeconds }: { leaseSeconds: number },
  ask: () => Promise<Answer>,
  logger: Logger,
): Lease {
  const lost = new AbortController();
  const lose = () => lost.abort(new Error('The lease is lost'));
  const leaseMs = leaseSeconds * 1000;
  let expiry = setTimeout(lose, leaseMs);

  const extend = (from: number) => {
    clearTimeout(expiry);
    expiry = setTimeout(lose, Math.max(0, from + leaseMs - Date.now()));
  };

  const renew = async () => {
    const asked = Date.now();
    const { accepted } = await ask();
    if (accepted) extend(asked);
    else lose();
  };

  const loop = startLoop('Renewing a lease', Math.min(PROGRESS_MS, leaseMs / 3), renew, logger);
  return {
    lost: lost.signal,
    stop: async () => {
      await loop.stop();
      clearTimeout(expiry);
    },
  };
}
