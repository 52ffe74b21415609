import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inputArguments, startFfmpeg } from './ffmpeg-run.ts';
import { probe } from './probe.ts';
import { footage } from '../../test/support/footage.ts';
import { collect, createBench, ffmpeg, limits, type Bench } from '../../test/support/processor.ts';

let bench: Bench;
let server: Server;
let port: number;
let visits = 0;

beforeAll(async () => {
  bench = await createBench();
  server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.close();
  await bench.remove();
});

/** Files that ask a careless ffmpeg to read another file, or to call a host. */
const traps: [string, (target: string) => string][] = [
  [
    'an HLS playlist',
    (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`,
  ],
  ['a concat script', (target) => `ffconcat version 1.0\nfile '${target}'\n`],
  [
    'an SDP description',
    () =>
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  ],
  [
    'a DASH manifest',
    (target) =>
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation id="1" mimeType="video/mp4"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
  ],
];

const targets: [string, () => string][] = [
  ['a host', () => `http://127.0.0.1:${port}/secret.mp4`],
  ['a file', () => footage('birds.mp4')],
  ['a file by its URL', () => `file://${footage('birds.mp4')}`],
];

const cases = traps.flatMap(([name, trap]) =>
  targets.map(([kind, target]) => [name, kind, trap, target] as const),
);

test.each(cases)('%s reaches no %s', async (_name, _kind, trap, target) => {
  const path = bench.path('trap');
  await writeFile(path, trap(target()));
  const probing = probe(ffmpeg, path, limits, new AbortController().signal);
  await expect(probing).rejects.toMatchObject({ code: 'not_a_video', retryable: false });
  expect(visits).toBe(0);
});

const ffmpegWith = async (args: string[], path = ffmpeg.path) => {
  const run = startFfmpeg({ ...ffmpeg, path }, args, () => undefined, new AbortController().signal);
  const output = Buffer.concat(await collect(run.stdout as AsyncIterable<Buffer>));
  return { code: await run.exit(), output, messages: run.messages() };
};

test('the traps are real: without its limits ffmpeg follows a playlist', async () => {
  const path = bench.path('trap');
  await writeFile(path, `ffconcat version 1.0\nfile '${footage('birds.mp4')}'\n`);
  const { code, output } = await ffmpegWith([
    '-f',
    'concat',
    '-safe',
    '0',
    '-i',
    path,
    '-c',
    'copy',
    '-map',
    '0:v',
    '-f',
    'framecrc',
    'pipe:1',
  ]);
  expect(code).toBe(0);
  expect(output.length).toBeGreaterThan(0);
});

test('an ffmpeg can write no file, where the system can forbid it', async () => {
  const args = [
    ...inputArguments(footage('birds.mp4'), limits),
    '-c',
    'copy',
    '-y',
    bench.path('written.mkv'),
  ];
  const writing = ffmpegWith(args).then(
    ({ code }) => (code === 0 ? 'written' : 'refused'),
    () => 'refused',
  );
  expect(await writing).toBe(ffmpeg.limiter.length > 0 ? 'refused' : 'written');
});

test('an ffmpeg sees nothing of our environment', async () => {
  const { output } = await ffmpegWith([], '/usr/bin/env');
  expect(String(output).trim().split('\n').toSorted()).toEqual(['AV_LOG_FORCE_NOCOLOR=1', 'LC_ALL=C']);
});
