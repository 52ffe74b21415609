import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { failureFromMessages } from './extraction-failure.ts';
import { probe } from './probe.ts';
import { runJob } from './run-job.ts';
import { footage } from '../../test/support/footage.ts';
import {
  createBench,
  ffmpeg,
  jobFor,
  limits,
  recordingVideo,
  workerWith,
  type Bench,
} from '../../test/support/processor.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.remove());

/** Words that ffmpeg itself uses where something of ours is wrong, or when it is asked to end. */
const forgeries = [
  'No such file or directory',
  'Cannot allocate memory',
  'bwrap: no',
  "x\nExiting normally, received signal 15.\nbwrap: can't\nx",
  'x\rExiting normally, received signal 15.',
];

test.each(forgeries)('a title like a message of ffmpeg makes no fault of ours: %j', async (title) => {
  const path = await bench.make(
    ...['-f', 'lavfi', '-i', 'sine=duration=1', '-metadata', `title=${title}`],
    'forged.mkv',
  );
  const probing = probe(ffmpeg, path, limits, new AbortController().signal);
  await expect(probing).rejects.toMatchObject({ code: 'no_video_stream', retryable: false });
});

const escapes = '\u001b]0;owned\u0007\u001b[2J\u009b31m';

test('a terminal is told nothing that it would obey', async () => {
  const path = await bench.make(
    ...['-f', 'lavfi', '-i', 'sine=duration=1', '-metadata', `title=${escapes}`],
    ...['-metadata:s:a:0', `handler_name=${escapes}`, 'escapes.mov'],
  );
  const probing = probe(ffmpeg, path, limits, new AbortController().signal);
  const failure: unknown = await probing.catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'no_video_stream' });
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(String(failure)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test.each([
  ['terminal escapes', escapes],
  ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['a path', '../../etc/passwd'],
])('a title with %s: the frames are extracted, and nothing repeats it', async (_name, title) => {
  const path = await bench.make(
    ...['-i', footage('birds.mp4'), '-metadata', `title=${title}`, '-metadata', `comment=${title}`],
    ...['-metadata:s:v:0', `title=${title}`, '-c', 'copy', 'titled.mkv'],
  );
  const plain = await jobFor(bench.store, footage('birds.mp4'));
  const job = await jobFor(bench.store, path);
  const [video, usual] = [recordingVideo(), recordingVideo()];
  await runJob(workerWith(usual.port, bench.store), plain, new AbortController().signal);
  await runJob(workerWith(video.port, bench.store), job, new AbortController().signal);
  expect(video.told('fail')).toEqual([]);
  const [{ media } = {}] = usual.told('complete');
  const size = { width: media?.width, height: media?.height };
  expect(video.told('complete')).toMatchObject([{ media: size, warnings: [] }]);
  expect(JSON.stringify(video.told('complete'))).not.toContain(title.slice(-8));
});

test('a title that says HDR and turned changes nothing', async () => {
  const title = 'smpte2084\n    displaymatrix: rotation of -90.00 degrees';
  const titles = ['-metadata', `title=${title}`, '-metadata:s:v:0', `title=${title}`];
  const path = await bench.make('-i', footage('birds.mp4'), ...titles, '-c', 'copy', 'claims.mkv');
  const { signal } = new AbortController();
  const plain = await probe(ffmpeg, footage('birds.mp4'), limits, signal);
  const { media, hdr } = await probe(ffmpeg, path, limits, signal);
  expect(hdr).toBe(false);
  expect(media).toMatchObject({ width: plain.media.width, height: plain.media.height });
});

test('a title that tells of damage makes no damage', async () => {
  const titles = ['-metadata', 'title=x: partial file', '-metadata', 'comment=File ended prematurely'];
  const path = await bench.make('-i', footage('birds.mp4'), ...titles, '-c', 'copy', 'damage.mkv');
  const { damaged } = await probe(ffmpeg, path, limits, new AbortController().signal);
  expect(damaged).toBe(false);
});

test('a title of a megabyte costs nothing', async () => {
  const titled = await bench.make('-i', footage('birds.mp4'), '-c', 'copy', 'plain.mkv');
  const bytes = await readFile(titled);
  // A SimpleTag of a megabyte in a Tags element of its own, behind everything else (RFC 9559).
  const element = (id: number[], content: Buffer) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE((1n << 56n) | BigInt(content.length));
    return Buffer.concat([Buffer.from(id), size, content]);
  };
  const name = element([0x45, 0xa3], Buffer.from('TITLE'));
  const value = element([0x44, 0x87], Buffer.alloc(1024 ** 2, 'x'));
  const tags = element(
    [0x12, 0x54, 0xc3, 0x67],
    element([0x73, 0x73], element([0x67, 0xc8], Buffer.concat([name, value]))),
  );
  // Before the first cluster, where readers look for it; the segment's size is made unknown.
  const segment = bytes.indexOf(Buffer.from([0x18, 0x53, 0x80, 0x67])) + 4;
  bytes.set([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], segment);
  const cluster = bytes.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
  const path = bench.path('large-title.mkv');
  await writeFile(path, Buffer.concat([bytes.subarray(0, cluster), tags, bytes.subarray(cluster)]));
  const found = await probe(ffmpeg, path, limits, new AbortController().signal);
  expect(found.media).toMatchObject({ codec: 'h264' });
});

test('a file that ends within its header is not taken for a failing disk', () => {
  const ended = 'Truncating packet of size 89 to 63\nfile:/objects/sources/1: Input/output error';
  expect(failureFromMessages(ended, 'not_a_video')).toMatchObject({
    code: 'corrupt_video',
    retryable: false,
  });
});
