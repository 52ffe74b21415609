import type { Logger } from '../../lib/logger.ts';
import type { Task } from './decode.ts';
import { decodeNumbered, decodeSampled } from './decode-file.ts';
import { listDecoded } from './decode-listing.ts';
import { decodePackets } from './decode-packets.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import { createFrameClock, type FrameClock } from './frame-clock.ts';
import { choosePackets, seeTheSame, wantsMost, whyNotPackets, type Method } from './method.ts';
import { MethodFailure } from './method-failure.ts';
import type { PacketSource } from './packets/packet-source.ts';
import type { Unit } from './packets/units.ts';
import type { Picture } from './pictures.ts';
import { distinctFrames, type Plan } from './plan.ts';

/** The pictures of a plan, in order, and how they are made. */
export interface Stream {
  pictures: AsyncIterable<Picture>;
  plan: Plan;
  method: Method;
  /** Follows a decoder of the whole file that takes an even spread. */
  clock?: FrameClock;
}

/** What there is to extract from. */
export interface Extraction {
  task: Task;
  /** The packets of the file, where they can be read. */
  packets: PacketSource;
  /** Makes the plan again when the file holds other frames than its container lists. */
  replan: (found: Task['found']) => Plan;
  /** Gets the units of a plan, and gives the pictures when other workers share them. */
  share?: Share;
}

export type Share = (units: Unit[]) => Promise<AsyncIterable<Picture> | undefined>;

/**
 * Extract the planned frames by the cheapest method that is exact for this video. A method that proves not to do is
 * given up, and the next one begins from the first frame.
 * @param take consumes one stream of pictures, whole
 * @throws ExtractionFailure, or what `take` throws
 */
export async function extractFrames<T>(
  { task, packets, replan, share }: Extraction,
  take: (stream: Stream) => Promise<T>,
  logger: Logger,
): Promise<T> {
  let reason: string | undefined = whyNotPackets(task.found);
  let plan = task.plan;
  if (reason === undefined) {
    try {
      return await extractPackets({ task, packets, share: shareUnlessMost(task, share) }, take, logger);
    } catch (error) {
      if (!(error instanceof MethodFailure)) throw error;
      reason = error.message;
      // By their numbers, the frames come out as they would from workers that share them.
      if (error instanceof MostFramesWanted) plan = { ...plan, sampling: null };
    }
  }
  const method: Method = { name: 'decode', decoders: 1, reason };
  logger.info('Decoding the whole file', method);
  return byDecoding({ ...task, plan }, replan, take, method);
}

class MostFramesWanted extends MethodFailure {
  constructor() {
    super('most frames are wanted');
  }
}

/** Shared work is faster however many frames are wanted; alone, a decode of the whole file may be. */
const shareUnlessMost =
  ({ found }: Task, share?: Share): Share =>
  async (units) => {
    const shared = await share?.(units);
    if (!shared && wantsMost(units, found.packets.timesUs.length)) {
      throw new MostFramesWanted();
    }
    return shared;
  };

/**
 * Extract the planned frames by the packets that they need: first as the container marks them, then after a look into
 * each packet.
 * @throws MethodFailure when the packets do not do
 */
export async function extractPackets<T>(
  extraction: Omit<Extraction, 'replan'>,
  take: (stream: Stream) => Promise<T>,
  logger: Logger,
): Promise<T> {
  try {
    return await byPackets(extraction, false, take, logger);
  } catch (error) {
    if (!(error instanceof MethodFailure) || error instanceof MostFramesWanted) throw error;
    logger.info('Looking into the packets', { reason: error.message });
    const { task, packets } = extraction;
    return await byPackets({ task, packets }, true, take, logger);
  }
}

async function byPackets<T>(
  { task, packets, share }: Omit<Extraction, 'replan'>,
  careful: boolean,
  take: (stream: Stream) => Promise<T>,
  logger: Logger,
): Promise<T> {
  const { found, plan, limits } = task;
  if (!seeTheSame(found.packets, found.media.codec, await packets.facts())) {
    throw new MethodFailure('the readers of the file see different packets');
  }
  const wanted = distinctFrames(plan).map((place) => found.frames.packets[place] ?? 0);
  const units = await packets.cut(
    wanted.toSorted((a, b) => a - b),
    careful,
  );
  const method = choosePackets(units, found.packets.timesUs.length, limits.threads);
  const pictures = (await share?.(units)) ?? decodePackets(task, packets, units, method.decoders);
  logger.info('Decoding packets', method);
  return await take({ pictures: asOftenAsPlanned(pictures, plan), plan, method });
}

async function byDecoding<T>(
  task: Task,
  replan: (found: Task['found']) => Plan,
  take: (stream: Stream) => Promise<T>,
  method: Method,
): Promise<T> {
  const { plan } = task;
  if (plan.sampling) {
    const clock = createFrameClock(plan.sampling);
    return take({ pictures: decodeSampled(task, plan.sampling, clock), plan, method, clock });
  }
  const numbered = (of: Task): Stream => ({
    pictures: asOftenAsPlanned(decodeNumbered(of, distinctFrames(of.plan)), of.plan),
    plan: of.plan,
    method,
  });
  try {
    return await take(numbered(task));
  } catch (error) {
    if (!(error instanceof MethodFailure)) throw error;
    const found = { ...task.found, frames: await listDecoded(task) };
    return await take(numbered({ ...task, found, plan: replan(found) })).catch(blameTheFile);
  }
}

/** Two decodes of one file that do not give the same: another attempt would end the same way. */
function blameTheFile(error: unknown): never {
  if (error instanceof MethodFailure) throw new ExtractionFailure('corrupt_video', error.message);
  throw error;
}

async function* asOftenAsPlanned(
  pictures: AsyncIterable<Picture>,
  { frames }: Plan,
): AsyncGenerator<Picture> {
  let next = 0;
  for await (const picture of pictures) {
    for (; frames[next] === picture.sourceIndex; next += 1) yield picture;
  }
}
