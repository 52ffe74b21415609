import { setTimeout as pause } from 'node:timers/promises';
import type { Job, RangeJob } from '../../../lib/contracts.ts';
import type { Task } from '../decode.ts';
import type { Ear } from '../ear.ts';
import type { Share } from '../extract.ts';
import { MethodFailure } from '../method-failure.ts';
import type { PacketSource } from '../packets/packet-source.ts';
import type { Picture } from '../pictures.ts';
import type { RangePort } from '../video-port.ts';
import { readRange } from './range-file.ts';
import { runRange, type RangeTools } from './run-range.ts';
import { splitUnits } from './split.ts';

/** How soon it is noticed that another worker has stored a range, or has lost one. */
const POLL_MS = 500;

/** What the worker that runs an extraction shares it with. */
export interface Sharing {
  tools: RangeTools & { video: RangePort };
  /** The name by which this worker claims. */
  worker: string;
  job: Job;
  task: Task;
  packets: PacketSource;
  /** Joins what the decoders of the ranges tell. */
  heard: Ear;
  /** See {@link splitUnits}; 0 for never. */
  rangeMegapixels: number;
}

/**
 * Lets idle workers extract ranges of a long extraction. This one takes ranges too, and puts all of them in order; what
 * is stored outlives it.
 */
export function shareRanges(sharing: Sharing): Share {
  const { tools, job, task, rangeMegapixels } = sharing;
  const { extractionId, attempt } = job;
  return async (units) => {
    if (rangeMegapixels === 0) return undefined;
    const { width, height } = task.found.media;
    const ranges = splitUnits(units, width * height, rangeMegapixels);
    if (ranges.length === 0) return undefined;
    const { accepted } = await tools.video.split({ extractionId, attempt, ranges });
    if (!accepted) return undefined;
    tools.logger.info('Sharing an extraction', { extractionId, ranges: ranges.length });
    return assemble(
      sharing,
      ranges.map(({ count }) => count),
    );
  };
}

/** The pictures of all ranges, in order, while workers store them. */
async function* assemble(sharing: Sharing, counts: number[]): AsyncGenerator<Picture> {
  const { tools, task, heard } = sharing;
  const keys = counts.map(() => Promise.withResolvers<string>());
  for (const { promise } of keys) promise.catch(() => undefined);
  const stop = new AbortController();
  const signal = AbortSignal.any([task.signal, stop.signal]);
  const working = extractAll(sharing, counts, (number, key) => keys[number]?.resolve(key), signal).catch(
    (error: unknown) => {
      for (const { reject } of keys) reject(error);
    },
  );
  try {
    for (const { promise } of keys) yield* readRange(await tools.store.get(await promise), heard.join);
  } finally {
    stop.abort();
    await working;
  }
}

/** Take range after range until all of them are stored, by whomever. */
async function extractAll(
  sharing: Sharing,
  counts: number[],
  onStored: (number: number, key: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { tools, task, packets } = sharing;
  const total = counts.reduce((sum, count) => sum + count, 0);
  for (;;) {
    const { stored, next } = await takeStock(sharing, onStored);
    if (stored.length === counts.length) return;
    if (!next) {
      await pause(POLL_MS, undefined, { signal });
      continue;
    }
    const done = stored.reduce((sum, number) => sum + (counts[number] ?? 0), 0);
    const onProgress = (share: number) => task.onProgress((done + share * next.range.count) / total);
    await runRange(tools, next, () => Promise.resolve({ task, packets }), onProgress, signal);
    signal.throwIfAborted();
  }
}

interface Stock {
  /** The numbers of the ranges that are stored. */
  stored: number[];
  /** The next range for this worker, if any waits. */
  next: RangeJob | null;
}

/**
 * See how far the ranges are, and claim the next one. The video service may be away for a moment: the lease of the
 * extraction says for how long.
 * @throws MethodFailure when one was refused
 */
async function takeStock(
  { tools: { video, logger }, job: { extractionId, attempt }, worker }: Sharing,
  onStored: (number: number, key: string) => void,
): Promise<Stock> {
  try {
    const states = await video.ranges({ extractionId, attempt });
    if (states.some(({ refused }) => refused))
      throw new MethodFailure('a range can’t be extracted by itself');
    for (const { number, key } of states) if (key !== null) onStored(number, key);
    const stored = states.filter(({ key }) => key !== null).map(({ number }) => number);
    const isDone = stored.length === states.length;
    return { stored, next: isDone ? null : await video.claimRange({ extractionId, attempt, worker }) };
  } catch (error) {
    if (error instanceof MethodFailure) throw error;
    logger.warn('The ranges of an extraction can’t be seen; trying again', error);
    return { stored: [], next: null };
  }
}
