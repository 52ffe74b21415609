import type { Logger } from '../../lib/logger.ts';
import type { Task } from './decode.ts';
import { decodeNumbered, decodeSampled } from './decode-file.ts';
import { listDecoded } from './decode-listing.ts';
import { decodePackets } from './decode-packets.ts';
import { createFrameClock, type FrameClock } from './frame-clock.ts';
import { choosePackets, seeTheSame, whyNotPackets, type Method } from './method.ts';
import { MethodFailure } from './method-failure.ts';
import type { PacketSource } from './packets/packet-source.ts';
import type { Picture } from './pictures.ts';
import type { Plan } from './plan.ts';

/** The pictures of a plan, in order, and how they are made. */
export interface Stream {
  pictures: AsyncIterable<Picture>;
  plan: Plan;
  method: Method;
  /** Follows a decoder of the whole file that takes an even spread. */
  clock?: FrameClock;
}

/**
 * Extract the planned frames by the cheapest method that is exact for this video. A method that proves not to do is
 * given up, and the next one begins from the first frame.
 * @param packets the packets of the file, where they can be read
 * @param replan makes the plan again when the file holds other frames than its container lists
 * @param take consumes one stream of pictures, whole
 * @throws ExtractionFailure, or what `take` throws
 */
export async function extractFrames<T>(
  task: Task,
  packets: PacketSource,
  replan: (found: Task['found']) => Plan,
  take: (stream: Stream) => Promise<T>,
  logger: Logger,
): Promise<T> {
  let reason: string | undefined = whyNotPackets(task.found);
  if (reason === undefined) {
    for (const careful of [false, true]) {
      try {
        return await byPackets({ task, source: packets, careful }, take, logger);
      } catch (error) {
        if (!(error instanceof MethodFailure)) throw error;
        reason = error.message;
      }
    }
  }
  const method: Method = { name: 'decode', decoders: 1, reason: reason ?? '' };
  logger.info('Decoding the whole file', method);
  return byDecoding(task, replan, take, method);
}

async function byPackets<T>(
  { task, source, careful }: { task: Task; source: PacketSource; careful: boolean },
  take: (stream: Stream) => Promise<T>,
  logger: Logger,
): Promise<T> {
  const { found, plan, limits } = task;
  if (!seeTheSame(found.packets, found.media.codec, await source.facts())) {
    throw new MethodFailure('the readers of the file see different packets');
  }
  const wanted = distinct(plan.frames).map((place) => found.frames.packets[place] ?? 0);
  const units = await source.cut(
    wanted.toSorted((a, b) => a - b),
    careful,
  );
  const method = choosePackets(units, found.packets.timesUs.length, limits.threads);
  logger.info('Decoding packets', method);
  const pictures = decodePackets(task, source, units, method.decoders);
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
    pictures: asOftenAsPlanned(decodeNumbered(of, distinct(of.plan.frames)), of.plan),
    plan: of.plan,
    method,
  });
  try {
    return await take(numbered(task));
  } catch (error) {
    if (!(error instanceof MethodFailure)) throw error;
    const found = { ...task.found, frames: await listDecoded(task) };
    return take(numbered({ ...task, found, plan: replan(found) }));
  }
}

const distinct = (ascending: number[]) => ascending.filter((place, index) => place !== ascending[index - 1]);

async function* asOftenAsPlanned(
  pictures: AsyncIterable<Picture>,
  { frames }: Plan,
): AsyncGenerator<Picture> {
  let next = 0;
  for await (const picture of pictures) {
    for (; frames[next] === picture.sourceIndex; next += 1) yield picture;
  }
}
