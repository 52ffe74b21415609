/** A packet list in decode order, as a container gives it; times in microseconds from the first shown frame. */
export interface PacketTimes {
  timesUs: Float64Array;
  /** 1 where the container says that decoding may start. */
  keys: Uint8Array;
}

/** A run of packets that decodes by itself: from one that needs none before it to the last wanted one. */
export interface Unit {
  from: number;
  /** The last packet, inclusive. */
  to: number;
  /** The packets whose frames are wanted, ascending; the last one is `to`. */
  wanted: number[];
}

/**
 * Cut the wanted frames into units: each begins at the last packet before its first wanted one from which decoding is
 * exact. Such a packet is a key frame that its codec lets decoding start at, with no frame behind it in decode order
 * that is shown before it.
 * @param wanted packets by their place in decode order, ascending, without duplicates
 * @param isRandomAccess whether the codec lets decoding start at a key packet; container flags alone are not enough
 */
export async function cutUnits(
  { timesUs, keys }: PacketTimes,
  wanted: readonly number[],
  isRandomAccess: (packet: number) => Promise<boolean>,
): Promise<Unit[]> {
  const earliestBehind = suffixMinimum(timesUs);
  const isStart = async (packet: number) =>
    packet === 0 ||
    (keys[packet] === 1 &&
      (timesUs[packet] ?? 0) <= (earliestBehind[packet] ?? 0) &&
      (await isRandomAccess(packet)));

  const units: Unit[] = [];
  let scanned = -1;
  for (const packet of wanted) {
    let start = packet;
    while (start > scanned && !(await isStart(start))) start -= 1;
    const unit = units.at(-1);
    if (unit && start <= scanned) {
      unit.to = packet;
      unit.wanted.push(packet);
    } else {
      units.push({ from: start, to: packet, wanted: [packet] });
    }
    scanned = packet;
  }
  return units;
}

/** For each place the smallest value from there to the end. */
function suffixMinimum(values: Float64Array): Float64Array {
  const minimum = Float64Array.from(values);
  for (let place = minimum.length - 2; place >= 0; place -= 1) {
    minimum[place] = Math.min(minimum[place] ?? Infinity, minimum[place + 1] ?? Infinity);
  }
  return minimum;
}

/**
 * Deal units out to decoders, each to the one with the fewest packets so far. Frames come out in the units' order, so
 * the decoders stay about level.
 */
export function dealUnits(units: readonly Unit[], decoders: number): Unit[][] {
  const hands = Array.from({ length: decoders }, () => ({ units: [] as Unit[], packets: 0 }));
  for (const unit of units) {
    const hand = hands.reduce((least, other) => (other.packets < least.packets ? other : least));
    hand.units.push(unit);
    hand.packets += unit.to - unit.from + 1;
  }
  return hands.map((hand) => hand.units);
}
