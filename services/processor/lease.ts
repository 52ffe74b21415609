import type { Job, Media } from '../../lib/contracts.ts';
import type { Logger } from '../../lib/logger.ts';
import { startLoop } from '../../lib/loop.ts';
import type { VideoPort } from './video-port.ts';

/** People watch the progress, so it is told at least this often. */
const PROGRESS_MS = 2000;

/** A lease that is kept while work goes on. */
export interface Lease {
  /** Aborts when the attempt is no longer ours: a renewal was refused, or none got through until the lease ran out. */
  lost: AbortSignal;
  stop(): Promise<void>;
}

/** What a renewal tells beside keeping the lease. `progress` is a share, 0 to 1. */
export interface Standing {
  progress: number;
  media?: Media;
}

/**
 * Renew a job's lease at a steady pace. A renewal that can't be delivered is tried again at the next turn.
 * @param standing asked at each turn
 */
export function keepLease(
  video: Pick<VideoPort, 'renew'>,
  { extractionId, attempt, leaseSeconds }: Job,
  standing: () => Standing,
  logger: Logger,
): Lease {
  const lost = new AbortController();
  const lose = () => lost.abort(new Error('The lease is lost'));
  const leaseMs = leaseSeconds * 1000;
  let expiry = setTimeout(lose, leaseMs);

  const extend = (from: number) => {
    clearTimeout(expiry);
    expiry = setTimeout(lose, from + leaseMs - Date.now());
  };

  const renew = async () => {
    const asked = Date.now();
    const { progress, media } = standing();
    const whole = Math.min(99, Math.floor(progress * 100));
    const renewal = { extractionId, attempt, progress: whole, ...(media ? { media } : {}) };
    const { accepted } = await video.renew(renewal);
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
