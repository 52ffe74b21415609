import type { PacketList } from './frame-list.ts';
import type { PacketFacts } from './packets/messages.ts';
import type { Unit } from './packets/units.ts';
import type { Probe } from './probe.ts';

/** How the wanted frames are decoded. */
export interface Method {
  /** `packets`: only the packets that the wanted frames need reach a decoder; `decode`: (nearly) the whole file does. */
  name: 'packets' | 'decode';
  /** How many decoders work at once. */
  decoders: number;
  /** Why, for the log. */
  reason: string;
}

/** In fewer packets a second reader of the file costs more than it saves. */
const SHORT_PACKETS = 200;
/** With less work for each, several decoders cost more than they save; the unit is the decoding of one packet. */
const WORK_FOR_A_DECODER = 60;
/** Encoding an image takes about as long as decoding two packets. */
const WORK_OF_AN_IMAGE = 2;

/** How much there is to do for some units, in packets that are decoded. */
export function workOf(units: readonly Unit[]): number {
  const packets = units.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return packets + imagesOf(units) * WORK_OF_AN_IMAGE;
}

const imagesOf = (units: readonly Unit[]) => units.reduce((sum, { wanted }) => sum + wanted.length, 0);

/** What ffmpeg calls the codecs whose packets can be read. */
const CODECS: Record<string, string> = { h264: 'avc', hevc: 'hevc', vp8: 'vp8', vp9: 'vp9', av1: 'av1' };

/**
 * Whether it is worth to read the packets of a file.
 * @returns the reason why not, or undefined
 */
export function whyNotPackets({ damaged, media, packets }: Pick<Probe, 'damaged' | 'media' | 'packets'>) {
  if (damaged) return 'the file is damaged';
  if (CODECS[media.codec] === undefined) return `packets of ${media.codec} are not read`;
  if (packets.timesUs.length < SHORT_PACKETS) return 'a short video';
  return undefined;
}

/**
 * Whether two readers of a file see the same packets: ffmpeg's listing, which knows edit lists, and the reader of
 * packets. Only then the one's frames can be looked up in the other.
 */
export function seeTheSame(listed: PacketList, codec: string, facts: PacketFacts): boolean {
  const count = listed.timesUs.length;
  if (facts.timesUs.length !== count || CODECS[codec] !== facts.codec) return false;
  const shift = (facts.timesUs[0] ?? 0) - (listed.timesUs[0] ?? 0);
  for (let packet = 0; packet < count; packet += 1) {
    if (facts.sizes[packet] !== listed.sizes[packet]) return false;
    // Both round to whole microseconds, from other origins.
    const distance = (facts.timesUs[packet] ?? 0) - (listed.timesUs[packet] ?? 0) - shift;
    if (Math.abs(distance) > 2) return false;
  }
  return true;
}

/** Above this share of a file's packets, feeding them to a decoder costs more than the packets left out would. */
const MOST = 0.75;

/**
 * Whether so many of a file's packets are wanted frames that decoding the whole file is the cheapest.
 * @param packets how many the file has
 */
export function wantsMost(units: readonly Unit[], packets: number): boolean {
  return imagesOf(units) > packets * MOST;
}

/** How to decode the packets that wanted frames need. */
export function choosePackets(units: readonly Unit[], packets: number, threads: number): Method {
  const sent = units.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const worthwhile = Math.floor(workOf(units) / WORK_FOR_A_DECODER);
  const decoders = Math.max(1, Math.min(threads, units.length, worthwhile));
  const name = wantsMost(units, packets) ? 'decode' : 'packets';
  return { name, decoders, reason: `${sent} of ${packets} packets, in ${units.length} runs` };
}
