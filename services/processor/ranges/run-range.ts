import type { RangeJob } from '../../../lib/contracts.ts';
import { insist } from '../../../lib/insist.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import type { Task } from '../decode.ts';
import { createEar } from '../ear.ts';
import { extractPackets } from '../extract.ts';
import { keepLease } from '../lease.ts';
import { MethodFailure } from '../method-failure.ts';
import type { PacketSource } from '../packets/packet-source.ts';
import { distinctFrames } from '../plan.ts';
import type { RangePort } from '../video-port.ts';
import { storeRange } from './range-file.ts';

/** What every range is run with. */
export interface RangeTools {
  store: ObjectStore;
  video: Pick<RangePort, 'renewRange' | 'endRange'>;
  logger: Logger;
  limits: { timeoutSeconds: number };
}

/** The decode of the whole extraction; a range is a part of its plan. */
export interface Whole {
  task: Omit<Task, 'onLine' | 'onProgress'>;
  packets: PacketSource;
}

/**
 * Extract one range under its lease, store its pictures, and tell how it ended. A range that is lost to another worker
 * on the way, or whose packets do not do, ends without an error.
 * @param prepare opens the source; the lease is kept meanwhile
 * @param onProgress gets the share of the range that is done, 0 to 1
 * @throws whatever else goes wrong; another worker may try
 */
export async function runRange(
  { store, video, logger, limits }: RangeTools,
  { range, leaseSeconds }: RangeJob,
  prepare: () => Promise<Whole>,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const claimed = { rangeId: range.id, attempt: range.attempt };
  const lease = keepLease({ leaseSeconds }, () => video.renewRange(claimed), logger);
  const timeout = AbortSignal.timeout(limits.timeoutSeconds * 1000);
  const within = AbortSignal.any([signal, lease.lost, timeout]);
  const end = (outcome: Parameters<RangePort['endRange']>[0]['outcome']) =>
    insist(() => video.endRange({ ...claimed, outcome }), logger);
  try {
    await extractRange({ store, logger }, await prepare(), range, onProgress, within);
    await end('stored');
  } catch (error) {
    if (lease.lost.aborted) return;
    if (error instanceof MethodFailure) {
      logger.info('A range can’t be extracted by itself', { range: range.number, reason: error.message });
      await end('refused');
      return;
    }
    await end('released');
    throw error;
  } finally {
    await lease.stop();
  }
}

async function extractRange(
  { store, logger }: Pick<RangeTools, 'store' | 'logger'>,
  { task, packets }: Whole,
  { key, first, count }: RangeJob['range'],
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const ear = createEar();
  const frames = distinctFrames(task.plan).slice(first, first + count);
  const plan = { ...task.plan, frames, sampling: null };
  const part = { ...task, plan, signal, onProgress, onLine: ear.listen };
  await extractPackets(
    { task: part, packets },
    ({ pictures }) => {
      ear.forget();
      return storeRange(store, key, { pictures, heard: ear.heard }, signal);
    },
    logger,
  );
}
