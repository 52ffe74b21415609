import fc from 'fast-check';
import { partsOf, writeLength, type Part } from './containers.ts';

const KINDS = ['flip', 'number', 'swap', 'cut', 'repeat'] as const;
const PART_KINDS = ['length', 'drop', 'double', 'exchange', 'nest', 'rename'] as const;
const FILE_KINDS = ['prefix', 'append', 'splice'] as const;

/** One change of a file; `at` and `other` are places, or count its parts. */
export interface Change {
  kind: (typeof KINDS)[number] | (typeof PART_KINDS)[number] | (typeof FILE_KINDS)[number];
  at: number;
  other: number;
  value: number;
}

/** Where a field of a length is likely to be hit: the beginning and the index, which are small, count as much as the rest. */
const place = fc.oneof(
  fc.integer({ min: 0, max: 4096 }),
  fc.integer({ min: -32_768, max: -1 }),
  fc.nat(2 ** 30),
);

/** Numbers that lengths are compared with, and any. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 53 - 1),
  fc.nat(0xffff_ffff),
  fc.nat(4096),
);

/** What happens to a file: mostly to its bytes or its container's parts, sometimes to it as a whole. */
export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...KINDS) },
      { weight: 5, arbitrary: fc.constantFrom(...PART_KINDS) },
      { weight: 1, arbitrary: fc.constantFrom(...FILE_KINDS) },
    ),
    at: place,
    other: place,
    value,
  }),
  { minLength: 1, maxLength: 6 },
);

/** What other kinds of files begin with. */
const PREFIXES = [
  '#EXTM3U\n',
  '<html><script>',
  '\x7fELF\x02\x01\x01',
  '%PDF-1.7\n',
  'PK\x03\x04',
  'GIF89a',
  'RIFF',
];
/** A file that has grown so large is changed no more: length is not what is tested here. */
const MAX_BYTES = 2 ** 20;

/** Whether a change takes a second file. */
export const joinsFiles = ({ kind }: Change): boolean => isIn(FILE_KINDS, kind);

/**
 * Change a copy of a file.
 * @param other a file that it may be joined with
 */
export function mutate(original: Buffer, all: readonly Change[], other: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (const change of all) {
    if (bytes.length < 16 || bytes.length > MAX_BYTES) break;
    bytes = changeOf(bytes, change, other);
  }
  return bytes;
}

function changeOf(bytes: Buffer, change: Change, other: Buffer): Buffer {
  if (isIn(KINDS, change.kind)) return changeBytes(bytes, change);
  if (joinsFiles(change)) return joinFiles(bytes, change, other);
  const parts = partsOf(bytes);
  const [part, second] = [change.at, change.other].map((it) => parts[Math.abs(it) % parts.length]);
  // A container without known parts, or none any more.
  if (!part || !second) return changeBytes(bytes, { ...change, kind: 'number' });
  return changePart(bytes, change, part, second);
}

const isIn = (kinds: readonly string[], kind: string) => kinds.includes(kind);

function changeBytes(bytes: Buffer, { kind, at, other, value: number }: Change): Buffer {
  const size = bytes.length - 8;
  const [a, b] = [((at % size) + size) % size, ((other % size) + size) % size];
  const chunk = Math.min(4096, size - Math.max(a, b)) || 1;
  if (kind === 'flip') bytes[a] = (bytes[a] ?? 0) ^ (1 << (number % 8));
  else if (kind === 'number') bytes.writeUInt32BE(number % 2 ** 32, a);
  else if (kind === 'cut') return bytes.subarray(0, Math.max(a, 16));
  else if (kind === 'repeat')
    return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, b + chunk), bytes.subarray(a)]);
  else exchange(bytes, a, b, chunk);
  return bytes;
}

function exchange(bytes: Buffer, a: number, b: number, length: number): void {
  const first = Buffer.from(bytes.subarray(a, a + length));
  bytes.copyWithin(a, b, b + length);
  first.copy(bytes, b);
}

/** The lengths of what is around a part stay as they were: that is a part of the attack. */
function changePart(bytes: Buffer, { kind, value: number }: Change, part: Part, second: Part): Buffer {
  const { start, end } = part;
  const [before, whole, after] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)];
  if (kind === 'drop') return Buffer.concat([before, after]);
  if (kind === 'double') return Buffer.concat([before, whole, whole, after]);
  if (kind === 'exchange') return Buffer.concat([before, bytes.subarray(second.start, second.end), after]);
  // A header in front of itself: the part holds a copy of itself, and more than there is.
  if (kind === 'nest') return Buffer.concat([before, whole.subarray(0, 16), whole, after]);
  if (kind === 'rename') bytes.copy(bytes, nameAt(part), nameAt(second), nameAt(second) + 4);
  // Nearly right is what bounds are checked for.
  else writeLength(bytes, part, number <= 4096 ? Math.max(0, end - start - 2048 + number) : number);
  return bytes;
}

/** A box has its name behind its length. */
const nameAt = ({ start, order }: Part) => (order === 'big' ? start + 4 : start);

/** Files that are two things at once, or one behind the other. */
function joinFiles(bytes: Buffer, { kind, at, value: number }: Change, other: Buffer): Buffer {
  if (kind === 'prefix') {
    return Buffer.concat([Buffer.from(PREFIXES[number % PREFIXES.length] ?? '', 'latin1'), bytes]);
  }
  if (kind === 'append') return Buffer.concat([bytes, other]);
  const cut = Math.abs(at) % bytes.length;
  return Buffer.concat([bytes.subarray(0, cut), other.subarray(Math.min(cut, other.length - 1))]);
}
