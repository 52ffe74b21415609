import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attackWith } from '../../test/support/attack-job.ts';
import { box, ebml, gif, repeatTrack, replaceBox } from '../../test/support/hostile-media.ts';
import { readArchive } from '../../test/support/archive.ts';
import { footage } from '../../test/support/footage.ts';
import { startCallCounter, type CallCounter } from '../../test/support/call-counter.ts';
import { createBench, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
let host: CallCounter;
beforeAll(async () => {
  bench = await createBench();
  host = await startCallCounter();
});
afterAll(async () => {
  host.close();
  await bench.remove();
});

const attack = (bytes: Uint8Array, recipe: object = {}, filename = 'a video.mp4') =>
  attackWith(bench, bytes, recipe, filename);

const birds = () => readFile(footage('birds.mp4'));
const patched = (bytes: Buffer, name: string, offset: number, values: number[]) => {
  const at = bytes.indexOf(name, 0, 'latin1') + 4 + offset;
  values.forEach((value, n) => bytes.writeUInt32BE(value, at + 4 * n));
  return bytes;
};

test('a GIF of some bytes with the largest picture there can be', async () => {
  expect(await attack(gif(9000, 9000, 1))).toMatchObject({ code: 'too_many_pixels' });
  // More than ffmpeg takes for a size at all.
  expect(await attack(gif(65_535, 65_535, 1))).toMatchObject({ code: 'too_many_pixels' });
});

test('a GIF of some kilobytes with thousands of large pictures', async () => {
  const bytes = gif(4096, 4096, 5000);
  expect(bytes.length).toBeLessThan(250_000);
  expect(await attack(bytes, { select: { mode: 'all' } })).toMatchObject({ code: 'too_many_frames' });
});

test.each([
  ['a day', 86_400, { code: 'too_long' }],
  // ffmpeg takes such a time for a mistake.
  ['ten years', 315_360_000, { completed: { media: { durationSeconds: 2 } } }],
])('two frames %s apart', async (_name, seconds, end) => {
  const path = await bench.make(
    ...['-f', 'lavfi', '-i', 'color=size=64x64:rate=1:duration=2', '-c:v', 'mjpeg'],
    ...['-vf', `setpts=N*${seconds}/TB`, '-fps_mode', 'passthrough', 'apart.mkv'],
  );
  expect(await attack(await readFile(path))).toMatchObject(end);
});

test('a sample table that says four billion samples of one byte', async () => {
  const bytes = patched(await birds(), 'stsz', 4, [1, 0xffff_ffff]);
  const { code } = await attack(patched(bytes, 'stts', 8, [0xffff_ffff]));
  expect(['corrupt_video', 'not_a_video', 'no_frames', 'too_long', 'too_many_frames']).toContain(code);
});

test('more streams than any film has', async () => {
  expect(await attack(repeatTrack(await birds(), 3000))).toMatchObject({ code: 'corrupt_video' });
});

test.each([
  [
    'MP4 boxes',
    () => nested(20_000, (inner) => box('moov', inner), box('ftyp', Buffer.from('isom\0\0\0\0isom'))),
  ],
  [
    'boxes of metadata',
    () => nested(20_000, (inner) => box('udta', inner), box('ftyp', Buffer.from('isom\0\0\0\0isom'))),
  ],
  [
    'Matroska elements',
    () =>
      nested(
        5000,
        (inner) => ebml([0x18, 0x53, 0x80, 0x67], inner),
        ebml([0x1a, 0x45, 0xdf, 0xa3], ebml([0x42, 0x82], Buffer.from('matroska'))),
      ),
  ],
])('%s, nested thousands of times', async (_name, make) => {
  expect(await attack(make())).toMatchObject({
    code: expect.stringMatching(/^(corrupt_video|not_a_video|no_video_stream|no_frames)$/),
  });
});

/** Built from the inside out, in one buffer: each level only adds its header. */
function nested(depth: number, wrap: (inner: Buffer) => Buffer, begin: Buffer): Buffer {
  let whole: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1) whole = wrap(whole);
  return Buffer.concat([begin, whole]);
}

/** What a careless reader would fetch. */
const url = () => `http://127.0.0.1:${host.port}/x.mp4`;

test.each([
  ['a host', url],
  ['a file', () => footage('phone-portrait.mp4')],
])('a track that lies in %s (dref)', async (_name, target) => {
  const bytes = await birds();
  const reference = Buffer.concat([Buffer.alloc(4), Buffer.from(`${target()}\0`)]);
  const entry = Buffer.concat([Buffer.alloc(4), Buffer.from([0, 0, 0, 1]), box('url ', reference)]);
  const { code, completed } = await attack(
    replaceBox(bytes, ['moov', 'trak', 'mdia', 'minf', 'dinf'], box('dref', entry)),
  );
  expect(host.calls()).toBe(0);
  // Read as if the samples were here, or not at all.
  expect(code ?? completed?.frameCount).toBeDefined();
  // The other file has another size.
  expect([undefined, 1280]).toContain(completed?.media.width);
});

test.each<[string, () => string]>([
  ['an image sequence', () => '%d.jpg'],
  ['an HLS playlist behind a byte order mark', () => `\ufeff#EXTM3U\n#EXTINF:1,\n${url()}\n`],
  ['a WebVTT subtitle', () => `WEBVTT\n\n00:00.000 --> 00:01.000\n<c>${url()}</c>\n`],
  [
    'a VobSub index',
    () => `# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n${url()}\n`,
  ],
  ['a MicroDVD subtitle', () => `{0}{25}${url()}\n`],
  ['an ASX list', () => `<asx version="3.0"><entry><ref href="${url()}"/></entry></asx>`],
  ['an RTSP text', () => `RTSPtext\nrtsp://127.0.0.1/x\n`],
  [
    'an IMF composition',
    () =>
      `<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>${url()}</Id></CompositionPlaylist>`,
  ],
  ['ffmpeg metadata', () => ';FFMETADATA1\ntitle=x\n'],
  ['a page', () => '<!doctype html><video src="x.mp4"></video>'],
  [
    'an SVG that names a file',
    () => '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
  ],
])('%s is no video and reaches nothing', async (_name, make) => {
  expect(await attack(Buffer.from(make()))).toMatchObject({
    code: expect.stringMatching(/^(not_a_video|no_frames)$/),
  });
  expect(host.calls()).toBe(0);
});

test.each([
  ['a playlist in front', () => Buffer.from(`#EXTM3U\n#EXTINF:1,\n${url()}\n`)],
  ['a page in front', () => Buffer.from('<html><script>alert(1)</script>')],
  ['a program in front', () => Buffer.from('\x7fELF\x02\x01\x01')],
  ['a PDF in front', () => Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\n')],
])('a video with %s is a video or refused, and nothing more', async (_name, make) => {
  const { code } = await attack(Buffer.concat([make(), await birds()]));
  expect([undefined, 'not_a_video', 'corrupt_video', 'no_video_stream', 'no_frames']).toContain(code);
  expect(host.calls()).toBe(0);
});

test('a video with a ZIP behind it is a video, and the entries of its archive are named by us alone', async () => {
  const zip = Buffer.from('UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==', 'base64');
  const { completed, job } = await attack(Buffer.concat([await birds(), zip]), {}, '../../\u0000evil.mp4');
  expect(completed).toMatchObject({ frameCount: 2 });
  const names = [...(await readArchive(bench.store, job.archiveKey)).keys()];
  expect(names).toEqual(['frames/frame_000001.jpg', 'frames/frame_000002.jpg', 'manifest.json']);
});
