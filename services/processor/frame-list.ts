/** Every packet of a video stream, in decode order. */
export interface PacketList {
  /** When it is shown, in microseconds from the first shown frame. */
  timesUs: Float64Array;
  /** In bytes. */
  sizes: Uint32Array;
  /** 1 where the container calls it a key frame. */
  keys: Uint8Array;
  /** 0 where it is only decoded, before an edit list's start. */
  shown: Uint8Array;
}

/** Every shown frame, in the order of presentation. */
export interface FrameList {
  /** Microseconds from the first one. */
  timesUs: Float64Array;
  /** The place of each one's packet in decode order. */
  packets: Uint32Array;
  /** 1 for key frames. */
  keys: Uint8Array;
}

/** The frames of a list of packets: one packet is one frame. */
export function listFrames({ timesUs, shown, keys }: PacketList): FrameList {
  const time = (packet: number) => timesUs[packet] ?? 0;
  const packets = Uint32Array.from(shown.keys().filter((packet) => shown[packet] === 1));
  packets.sort((a, b) => time(a) - time(b));
  return {
    packets,
    timesUs: Float64Array.from(packets, time),
    keys: Uint8Array.from(packets, (packet) => keys[packet] ?? 0),
  };
}

/**
 * The frame that a player shows at a time: the last one at or before it.
 * @returns its place in the order of presentation; the first one for a time before all
 */
export function frameAt({ timesUs }: FrameList, us: number): number {
  let low = 0;
  let high = timesUs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((timesUs[middle] ?? 0) <= us) low = middle;
    else high = middle;
  }
  return low;
}
