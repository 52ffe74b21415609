import type { Media } from '../../lib/contracts.ts';
import { listFrames, type FrameList, type PacketList } from './frame-list.ts';

interface Size {
  width: number;
  height: number;
}

/** What the listing of packets says about the video stream. */
interface Measured {
  durationSeconds: number;
  lastFrameSeconds: number;
  stream: Pick<Media, 'codec' | 'frameRate'>;
  packets: PacketList;
  frames: FrameList;
}

/** Reads ffmpeg's `framecrc` listing: `#name stream: value` lines, then one line for each packet. */
export interface PacketReading {
  read: (line: string) => void;
  /** The stored size; 0 while it is not known. */
  size(): Size;
  /** How many packets were read so far. */
  count(): number;
  /** From the first frame to the end of the last one that was read so far. */
  spanSeconds(): number;
  /** A packet was cut off or broken. */
  damaged(): boolean;
  /** undefined when there was no packet */
  measure(): Measured | undefined;
}

/** ffmpeg's packet flags; a discarded packet lies before an edit list's start and is decoded but never shown. */
const KEY = 1;
const CORRUPT = 2;
const DISCARDED = 4;

/** A lone frame without a duration counts as shown for this long. */
const LONE_FRAME_SECONDS = 0.04;

/** Make a reading of a listing; it keeps three numbers of each packet. */
export function createPacketReading(): PacketReading {
  let codec = 'unknown';
  let size = { width: 0, height: 0 };
  let secondsPerTick = 0;
  let first = Infinity;
  let last = { pts: -Infinity, duration: 0 };
  let end = -Infinity;
  let count = 0;
  let damaged = false;
  const ticks: number[] = [];
  const sizes: number[] = [];
  const flags: number[] = [];

  const readFact = (line: string) => {
    const [, name, value = ''] = /^#(\w+) 0: (\S+)/.exec(line) ?? [];
    if (name === 'tb') secondsPerTick = ratio(value);
    if (name === 'codec_id') codec = value;
    if (name === 'dimensions') {
      const [width = 0, height = 0] = value.split('x').map(Number);
      size = { width, height };
    }
  };

  const readPacket = (line: string) => {
    const packet = parsePacket(line);
    if (!packet) return;
    ticks.push(packet.pts);
    sizes.push(packet.size);
    flags.push(packet.flags);
    damaged ||= (packet.flags & CORRUPT) !== 0;
    if ((packet.flags & DISCARDED) !== 0) return;
    count += 1;
    first = Math.min(first, packet.pts);
    end = Math.max(end, packet.pts + packet.duration);
    if (packet.pts > last.pts) last = packet;
  };

  /** Some containers give the last packet no duration; then it gets the others' average. */
  const span = () => {
    if (last.duration > 0) return (end - first) * secondsPerTick;
    const shown = (last.pts - first) * secondsPerTick;
    return shown + (count > 1 ? shown / (count - 1) : LONE_FRAME_SECONDS);
  };

  return {
    read: (line) => (line.startsWith('#') ? readFact(line) : readPacket(line)),
    size: () => size,
    count: () => ticks.length,
    spanSeconds: () => (count > 0 ? span() : 0),
    damaged: () => damaged,
    measure: () => {
      if (count === 0) return undefined;
      const durationSeconds = microseconds(span());
      const packets = {
        timesUs: Float64Array.from(ticks, (pts) => Math.round((pts - first) * secondsPerTick * 1e6)),
        sizes: Uint32Array.from(sizes),
        keys: Uint8Array.from(flags, (some) => some & KEY),
        shown: Uint8Array.from(flags, (some) => Number((some & DISCARDED) === 0)),
      };
      return {
        packets,
        frames: listFrames(packets),
        durationSeconds,
        lastFrameSeconds: microseconds((last.pts - first) * secondsPerTick),
        stream: { codec, frameRate: Math.round((count / durationSeconds) * 1000) / 1000 },
      };
    },
  };
}

/** `stream, dts, pts, duration, size, checksum[, F=flags]…`: up to millions of lines, so this is one look at each. */
const PACKET = /^\d+, *(-?\d+), *(-?\d+), *(-?\d+), *(\d+), *0x[0-9a-f]+(?:, *F=(0x[0-9A-F]+))?/;

/** Without a pts (some AVI files) the dts takes its place. */
function parsePacket(line: string) {
  const found = PACKET.exec(line);
  if (!found) return undefined;
  const [, dts, pts, duration, size, flags] = found;
  return {
    pts: Number(Math.abs(Number(pts)) < 2 ** 62 ? pts : dts),
    duration: Math.max(Number(duration), 0),
    size: Number(size),
    flags: Number(flags ?? KEY),
  };
}

/** How the demuxers say that a file ends too early or that a part of it makes no sense. */
const DAMAGE =
  /: partial file$|File ended prematurely|corrupt input packet|exceeds containing master element|invalid as first byte of an EBML/;

/** Reads what ffmpeg tells on standard error: the container's duration, the picture's rotation, and damage. */
export interface HeaderReading {
  read: (line: string) => void;
  /** The size as a player shows it. */
  turned(stored: Size): Size;
  declaredSeconds(): number | null;
  damaged(): boolean;
  /** The transfer function is one of high dynamic range (SMPTE ST 2084 or ARIB STD-B67). */
  hdr(): boolean;
}

/** Make a reading of standard error. Rotations are kept by stream until the mapping says which one is taken. */
export function createHeaderReading(): HeaderReading {
  const rotations = new Map<string, number>();
  let described = '';
  let taken = '';
  let declaredSeconds: number | null = null;
  let damaged = false;
  const hdr = new Set<string>();

  const readStream = (line: string) => {
    const stream = /^ +Stream #(0:\d+)/.exec(line)?.[1];
    described = stream ?? described;
    // Titles say what they like.
    if (stream && /smpte2084|arib-std-b67/.test(line)) hdr.add(stream);
    taken ||= /^ +Stream #(0:\d+)(?:\[\w+\])? -> #0:0/.exec(line)?.[1] ?? '';
    const rotation = /^ +display ?matrix: rotation of (-?[\d.]+) degrees/i.exec(line)?.[1];
    if (rotation && !taken && !rotations.has(described)) rotations.set(described, Number(rotation));
  };

  return {
    read: (line) => {
      if (!line.startsWith(' ')) {
        damaged ||= DAMAGE.test(line);
        return;
      }
      // What is indented describes the input or the output.
      readStream(line);
      declaredSeconds ??= clockSeconds(/^ +Duration: (\d+:\d\d:\d\d\.\d+),/.exec(line)?.[1]);
    },
    turned: ({ width, height }) => {
      const quarterTurns = Math.round((rotations.get(taken) ?? 0) / 90);
      return quarterTurns % 2 === 0 ? { width, height } : { width: height, height: width };
    },
    declaredSeconds: () => declaredSeconds,
    damaged: () => damaged,
    hdr: () => hdr.has(taken),
  };
}

function clockSeconds(clock: string | undefined): number | null {
  if (!clock) return null;
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function ratio(fraction: string): number {
  const [numerator = 0, denominator = 1] = fraction.split('/').map(Number);
  return numerator / denominator;
}

function microseconds(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
