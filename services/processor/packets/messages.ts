import type { MessagePort } from 'node:worker_threads';
import type { PacketTimes, Unit } from './units.ts';

/** What a container says of its first video track: the packets in decode order, and how pictures are to be turned. */
export interface PacketFacts extends PacketTimes {
  codec: string;
  /** In bytes. */
  sizes: Uint32Array;
  /** Clockwise, in degrees. */
  rotation: number;
  /** Mirrored horizontally, after the rotation. */
  flip: boolean;
}

/** `open` comes once and is answered with {@link PacketFacts}, `cut` with {@link Unit}s, `feed` on its port. */
export type PacketRequest =
  | { kind: 'open'; path: string }
  | { kind: 'cut'; wanted: number[]; careful: boolean }
  | { kind: 'feed'; units: Unit[]; port: MessagePort };

/** What a feed's port carries: pieces of a Matroska stream, each answered by `more`, then the end or what went wrong. */
export type FeedMessage =
  { kind: 'piece'; bytes: Uint8Array } | { kind: 'end' } | { kind: 'error'; reason: string };

/** How many pieces may be on their way. */
export const PIECES_AHEAD = 4;

/**
 * The timestamps of a unit's packets in a feed, in milliseconds from the unit's: they keep the order of presentation,
 * and odd ones mark the wanted frames, so that a filter behind the decoder can tell them.
 * @returns one for each packet from `unit.from` to `unit.to`
 */
export function feedTimes(timesUs: Float64Array, { from, to, wanted }: Unit): Uint32Array {
  const packets = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  const shown = packets.toSorted((a, b) => (timesUs[a] ?? 0) - (timesUs[b] ?? 0));
  const times = new Uint32Array(packets.length);
  const marked = new Set(wanted);
  shown.forEach((packet, rank) => (times[packet - from] = 2 * rank + Number(marked.has(packet))));
  return times;
}

/** How much of a feed's time a unit takes, in milliseconds. */
export const feedSpan = ({ from, to }: Unit): number => 2 * (to - from + 1);

/**
 * Every feed begins with the file's first packet, unwanted: there x264 tells its version, without which ffmpeg decodes
 * the 4:4:4 pictures of older versions wrongly.
 */
export const OPENING: Unit = { from: 0, to: 0, wanted: [] };
/** Where the units begin in a feed's time, in milliseconds. */
export const FEED_BEGIN = feedSpan(OPENING);
