/** An ISO base media box (ISO/IEC 14496-12). */
export function box(type: string, ...content: Buffer[]): Buffer {
  const size = 8 + content.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, ...content]);
}

/** An EBML element (RFC 8794), its size in eight bytes. */
export function ebml(id: number[], content: Buffer): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(content.length));
  return Buffer.concat([Buffer.from(id), size, content]);
}

/** A GIF whose frames are one pixel each, on a screen of any size: a decoder makes whole pictures of them. */
export function gif(width: number, height: number, frames: number): Buffer {
  const header = Buffer.alloc(13);
  header.write('GIF89a', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  header[10] = 0x80;
  const colours = Buffer.from([0, 0, 0, 255, 255, 255]);
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const pixel = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const frame = Buffer.from([...control, ...pixel]);
  return Buffer.concat([
    header,
    colours,
    ...Array.from({ length: frames }, () => frame),
    Buffer.from([0x3b]),
  ]);
}

/** The first track of an MP4 file whose index stands at the end, so many times. */
export function repeatTrack(bytes: Buffer, times: number): Buffer {
  const at = bytes.indexOf('trak', 0, 'latin1') - 4;
  const track = bytes.subarray(at, at + bytes.readUInt32BE(at));
  const moov = bytes.indexOf('moov', 0, 'latin1') - 4;
  const more = Buffer.concat(Array.from({ length: times - 1 }, () => track));
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(copy.readUInt32BE(moov) + more.length, moov);
  return Buffer.concat([copy.subarray(0, at), more, copy.subarray(at)]);
}

/**
 * Put another box in the place of the first one of its name; the sizes of those around it grow along.
 * @param parents names of those around it
 */
export function replaceBox(bytes: Buffer, parents: string[], by: Buffer): Buffer {
  const name = by.toString('latin1', 4, 8);
  const at = bytes.indexOf(name, 0, 'latin1') - 4;
  const size = bytes.readUInt32BE(at);
  const before = Buffer.from(bytes.subarray(0, at));
  for (const parent of parents) {
    const place = before.lastIndexOf(parent, at, 'latin1') - 4;
    before.writeUInt32BE(before.readUInt32BE(place) + by.length - size, place);
  }
  return Buffer.concat([before, by, bytes.subarray(at + size)]);
}
