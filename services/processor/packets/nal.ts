/** What of a packet's headers decides whether it can be left out, or decoding can start with it. */

/** ITU-T H.264, table 7-1. */
const AVC_IDR = 5;
const AVC_LAST_SLICE = 5;
/** ITU-T H.265, table 7-1: BLA, IDR and CRA pictures are 16 to 21; below 32 are slices. */
const HEVC_FIRST_IRAP = 16;
const HEVC_LAST_IRAP = 21;
/** Even types below 16 are pictures that no other of their sub-layer refers to. */
const HEVC_LAST_NON_IRAP = 15;

/** How a codec's packets are read. */
export interface PacketSyntax {
  /** Decoding may start at this key packet. */
  isRandomAccess: (data: Uint8Array) => boolean;
  /** No other packet needs this one. */
  isDisposable: (data: Uint8Array) => boolean;
}

/** VP8, VP9 and AV1 have no other key frames than true ones; which packets they could do without isn't read. */
const trustContainer: PacketSyntax = { isRandomAccess: () => true, isDisposable: () => false };

/**
 * The reading of a codec's packets.
 * @param codec `avc`, `hevc`, `vp8`, `vp9` or `av1`
 * @param description the decoder configuration record of the container; its length size is at a fixed place
 *   (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1). Without one, packets are in Annex B format and nothing is assumed.
 */
export function packetSyntax(codec: string, description: Uint8Array | undefined): PacketSyntax {
  if (codec !== 'avc' && codec !== 'hevc') return trustContainer;
  if (!description) return { isRandomAccess: () => false, isDisposable: () => false };
  const lengthBytes = ((description[codec === 'avc' ? 4 : 21] ?? 3) & 3) + 1;
  const headers = (data: Uint8Array) => [...nalHeaders(data, lengthBytes)];
  if (codec === 'avc') {
    return {
      isRandomAccess: (data) => headers(data).some(([first]) => (first & 31) === AVC_IDR),
      isDisposable: (data) => slicesAll(headers(data).filter(isAvcSlice), ([first]) => (first & 0x60) === 0),
    };
  }
  // Without sub-layers above it, nothing refers to a picture that its own sub-layer does not refer to.
  const hasOneSubLayer = (((description[21] ?? 0) >> 3) & 7) === 1;
  return {
    isRandomAccess: (data) => headers(data).some((header) => isIrap(hevcType(header))),
    isDisposable: (data) =>
      hasOneSubLayer && slicesAll(headers(data).filter(isHevcSlice), isUnreferencedInSubLayer),
  };
}

type NalHeader = [first: number, second: number];

/** Both bytes of each NAL unit's header; the units come after their length. */
function* nalHeaders(data: Uint8Array, lengthBytes: number): Generator<NalHeader> {
  let place = 0;
  while (place + lengthBytes < data.length) {
    let length = 0;
    for (let byte = 0; byte < lengthBytes; byte += 1) length = length * 256 + (data[place + byte] ?? 0);
    place += lengthBytes;
    yield [data[place] ?? 0, data[place + 1] ?? 0];
    place += length;
  }
}

const slicesAll = (slices: NalHeader[], test: (header: NalHeader) => boolean) =>
  slices.length > 0 && slices.every(test);

const isAvcSlice = ([first]: NalHeader) => (first & 31) >= 1 && (first & 31) <= AVC_LAST_SLICE;
const hevcType = ([first]: NalHeader) => (first >> 1) & 63;
const isIrap = (type: number) => type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IRAP;
const isHevcSlice = (header: NalHeader) => hevcType(header) < 32;

function isUnreferencedInSubLayer(header: NalHeader): boolean {
  const type = hevcType(header);
  return type <= HEVC_LAST_NON_IRAP && type % 2 === 0;
}
