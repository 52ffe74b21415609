/** A part of a container that says how long it is. */
export interface Part {
  start: number;
  end: number;
  /** Where its length stands, and in how many bytes; none in the packets of a transport stream. */
  lengthAt: number;
  lengthBytes: number;
  order: 'big' | 'little' | 'ebml';
}

/** Boxes and elements that hold others (ISO/IEC 14496-12, RFC 9559). */
const BOXES = new Set([
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'edts',
  'dinf',
  'moof',
  'traf',
  'mvex',
  'udta',
]);
const ELEMENTS = new Set([
  ...[0x1a45dfa3, 0x18538067, 0x1549a966, 0x1654ae6b, 0xae, 0xe0, 0x1f43b675, 0xa0, 0x1c53bb6b, 0xbb, 0xb7],
  ...[0x114d9b74, 0x4dbb],
]);
const TS_PACKET = 188;
const MAX_PARTS = 2000;

/** The parts of a file, as far as its container is one that is known here: the inner ones, too. */
export function partsOf(bytes: Buffer): Part[] {
  const parts: Part[] = [];
  if (bytes.toString('latin1', 4, 8) === 'ftyp') walkBoxes(bytes, 0, bytes.length, parts);
  else if (bytes.readUInt32BE(0) === 0x1a45dfa3) walkElements(bytes, 0, bytes.length, parts);
  else if (bytes.toString('latin1', 0, 4) === 'RIFF') walkChunks(bytes, 0, bytes.length, parts);
  else if (bytes[0] === 0x47 && bytes[TS_PACKET] === 0x47) cutPackets(bytes, parts);
  return parts;
}

function walkBoxes(bytes: Buffer, from: number, to: number, parts: Part[]): void {
  for (let start = from; start + 8 <= to && parts.length < MAX_PARTS;) {
    const end = start + bytes.readUInt32BE(start);
    if (end < start + 8 || end > to) return;
    parts.push({ start, end, lengthAt: start, lengthBytes: 4, order: 'big' });
    if (BOXES.has(bytes.toString('latin1', start + 4, start + 8))) walkBoxes(bytes, start + 8, end, parts);
    start = end;
  }
}

/** How many bytes a number of EBML takes, from its first one. */
const widthOf = (first: number) => Math.clz32(first) - 23;

function walkElements(bytes: Buffer, from: number, to: number, parts: Part[]): void {
  for (let start = from; start + 2 <= to && parts.length < MAX_PARTS;) {
    const idBytes = widthOf(bytes[start] ?? 0);
    const lengthAt = start + idBytes;
    const lengthBytes = widthOf(bytes[lengthAt] ?? 0);
    if (idBytes > 4 || lengthBytes > 8 || lengthAt + lengthBytes > to) return;
    const content = lengthAt + lengthBytes;
    // One of unknown length, as a live stream has them, goes to the end.
    const end = Math.min(to, content + readEbml(bytes, lengthAt, lengthBytes));
    parts.push({ start, end, lengthAt, lengthBytes, order: 'ebml' });
    if (ELEMENTS.has(bytes.readUIntBE(start, idBytes))) walkElements(bytes, content, end, parts);
    start = end;
  }
}

function readEbml(bytes: Buffer, at: number, width: number): number {
  let value = (bytes[at] ?? 0) & (0xff >> width);
  for (let n = 1; n < width; n += 1) value = value * 256 + (bytes[at + n] ?? 0);
  return value;
}

function walkChunks(bytes: Buffer, from: number, to: number, parts: Part[]): void {
  for (let start = from; start + 8 <= to && parts.length < MAX_PARTS;) {
    const end = Math.min(to, start + 8 + bytes.readUInt32LE(start + 4));
    parts.push({ start, end, lengthAt: start + 4, lengthBytes: 4, order: 'little' });
    if (['RIFF', 'LIST'].includes(bytes.toString('latin1', start, start + 4)))
      walkChunks(bytes, start + 12, end, parts);
    start = end + (end % 2);
  }
}

function cutPackets(bytes: Buffer, parts: Part[]): void {
  for (let start = 0; start + TS_PACKET <= bytes.length && parts.length < MAX_PARTS; start += TS_PACKET) {
    parts.push({ start, end: start + TS_PACKET, lengthAt: start, lengthBytes: 0, order: 'big' });
  }
}

/** Let a part say another length; what its field can't hold is cut. */
export function writeLength(bytes: Buffer, { lengthAt, lengthBytes, order }: Part, value: number): void {
  for (let n = 0; n < lengthBytes; n += 1) {
    const byte = Math.floor(value / 256 ** n) % 256;
    bytes[order === 'little' ? lengthAt + n : lengthAt + lengthBytes - 1 - n] = byte;
  }
  // The first bits of an EBML number say how long the number is.
  if (order === 'ebml') {
    const marker = 0x100 >> lengthBytes;
    bytes[lengthAt] = marker | ((bytes[lengthAt] ?? 0) & (marker - 1));
  }
}
