import { box, ebml, replaceBox } from './hostile-media.ts';

// Small files that are much work to open, for the demuxers that read an index, a list or a tree without asking how much
// it can amount to. Each takes a count, so that the same file can be a test and a measurement.

/** Whole numbers of four bytes, big end first. */
function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, n) => bytes.writeUInt32BE(value, n * 4));
  return bytes;
}

const many = (count: number, make: (n: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, n) => make(n)));
const SAMPLES = ['moov', 'trak', 'mdia', 'minf', 'stbl'];

/** A film whose edit list shows the frame at a time so many times: to decode it, all before it are needed each time. */
export function withEdits(film: Buffer, count: number, from: number): Buffer {
  const edit = words(1, from, 0x0001_0000);
  return replaceBox(
    film,
    ['moov', 'trak', 'edts'],
    box(
      'elst',
      words(0, count),
      many(count, () => edit),
    ),
  );
}

/** A film whose table of composition offsets, or of decoding times, has so many entries of one sample. */
export const withTimes = (film: Buffer, name: 'ctts' | 'stts', count: number): Buffer =>
  replaceBox(
    film,
    SAMPLES,
    box(
      name,
      words(0, count),
      many(count, () => words(1, 1)),
    ),
  );

/** Samples of one byte, said in two numbers. */
export function withTinySamples(film: Buffer, chunks: number, inChunk: number): Buffer {
  const samples = chunks * inChunk;
  const at = film.indexOf('mdat', 0, 'latin1') + 4;
  const tables: Buffer[] = [
    box('stsz', words(0, 1, samples)),
    box('stts', words(0, 1, samples, 1)),
    box('stsc', words(0, 1, 1, inChunk, 1)),
    box(
      'stco',
      words(0, chunks),
      many(chunks, () => words(at)),
    ),
  ];
  return tables.reduce((bytes, table) => replaceBox(bytes, SAMPLES, table), film);
}

/** Movie fragments, each of which has so many samples of one byte; the second number is the time of each. */
export const fragments = (count: number, samples: number, timeOf: (n: number) => number): Buffer =>
  Buffer.concat([
    many(count, (n) =>
      box(
        'moof',
        box('mfhd', words(0, n + 1)),
        box(
          'traf',
          box('tfhd', words(0x02_0038, 1, 1, 1, 0)),
          box('tfdt', words(0, timeOf(n))),
          box('trun', words(0, samples)),
        ),
      ),
    ),
    box('mdat', Buffer.alloc(64)),
  ]);

/** Segment indexes of 65,535 references, each of which lies before those of the one before. */
export const segmentIndexes = (count: number, references = 0xffff): Buffer =>
  many(count, (n) => {
    const fields = words(0x0100_0000, 1, 1000, 0, 0, 2 * (count - n), 0, references);
    return box(
      'sidx',
      fields,
      many(references, () => words(1, 1, 0x9000_0000)),
    );
  });

const HEAD = ebml([0x1a, 0x45, 0xdf, 0xa3], ebml([0x42, 0x82], Buffer.from('matroska')));
/** An element with a short size. */
const small = (id: number[], ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([...id, 0x80 | body.length]), body]);
};
const VIDEO = small([0xe0], small([0xb0], words(64)), small([0xba], words(64)));
const TRACK = [
  small([0xd7], words(1)),
  small([0x83], Buffer.from([1])),
  small([0x86], Buffer.from('V_MJPEG')),
  VIDEO,
];
const TRACKS = ebml([0x16, 0x54, 0xae, 0x6b], ebml([0xae], Buffer.concat(TRACK)));
const cluster = (n: number, ...blocks: Buffer[]) =>
  small([0x1f, 0x43, 0xb6, 0x75], small([0xe7], words(n)), ...blocks);

/** Matroska of one track of pictures that are none, with so many of these elements before its only cluster. */
const matroska = (...elements: Buffer[]): Buffer => {
  const block = small([0xa3], Buffer.from([0x81, 0, 0, 0x80, 0xff, 0xd8, 0xff, 0xd9]));
  return Buffer.concat([
    HEAD,
    ebml([0x18, 0x53, 0x80, 0x67], Buffer.concat([TRACKS, ...elements, cluster(0, block)])),
  ]);
};
export const clusters = (count: number) => matroska(many(count, (n) => cluster(n)));
export const voids = (count: number) => matroska(many(count, () => small([0xec], Buffer.alloc(1))));
/** Each with a smaller number than the one before: they are looked for one by one. */
export const chapters = (count: number) =>
  matroska(
    ebml(
      [0x10, 0x43, 0xa7, 0x70],
      ebml(
        [0x45, 0xb9],
        many(count, (n) => small([0xb6], small([0x73, 0xc4], words(count - n)), small([0x91], words(n)))),
      ),
    ),
  );
export const tags = (count: number) =>
  matroska(
    ebml(
      [0x12, 0x54, 0xc3, 0x67],
      many(count, (n) =>
        small(
          [0x73, 0x73],
          small(
            [0x67, 0xc8],
            small([0x45, 0xa3], Buffer.from(`t${n}`)),
            small([0x44, 0x87], Buffer.from('x')),
          ),
        ),
      ),
    ),
  );
/** Each for an earlier time than the one before. */
export const cues = (count: number) =>
  matroska(
    ebml(
      [0x1c, 0x53, 0xbb, 0x6b],
      many(count, (n) =>
        small(
          [0xbb],
          small([0xb3], words(count - n)),
          small([0xb7], small([0xf7], words(1)), small([0xf1], words(n))),
        ),
      ),
    ),
  );
export const attachments = (count: number) =>
  matroska(
    ebml(
      [0x19, 0x41, 0xa4, 0x69],
      many(count, (n) =>
        small(
          [0x61, 0xa7],
          small([0x46, 0x6e], Buffer.from('a')),
          small([0x46, 0x60], Buffer.from('x/y')),
          small([0x46, 0x5c], words(n)),
          small([0x46, 0xae], words(n + 1)),
        ),
      ),
    ),
  );
