import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFfmpeg, startsIn, type FfmpegProgram } from './ffmpeg-program.ts';
import { inputArguments, startFfmpeg } from './ffmpeg-run.ts';
import { probe } from './probe.ts';
import { noSandbox, possibleSandboxes } from './sandbox.ts';
import { startCallCounter, type CallCounter } from '../../test/support/call-counter.ts';
import { eventually } from '../../test/support/eventually.ts';
import { footage } from '../../test/support/footage.ts';
import { commandLinesWith } from '../../test/support/processes.ts';
import { collect, createBench, ffmpeg, limits, type Bench } from '../../test/support/processor.ts';

const strong = ffmpeg.sandbox.name === 'bubblewrap';
const none = ffmpeg.sandbox.name === 'none';

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
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${host.port} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  ],
  [
    'a DASH manifest',
    (target) =>
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation id="1" mimeType="video/mp4"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
  ],
];

const targets: [string, () => string][] = [
  ['a host', () => `http://127.0.0.1:${host.port}/secret.mp4`],
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
  expect(host.calls()).toBe(0);
});

const ffmpegWith = async (args: string[], changes: Partial<FfmpegProgram> = {}) => {
  const input = { file: footage('birds.mp4') };
  const program = { ...ffmpeg, ...changes };
  const run = startFfmpeg(program, input, args, () => undefined, new AbortController().signal);
  const output = Buffer.concat(await collect(run.stdout as AsyncIterable<Buffer>));
  return { code: await run.exit(), output, messages: run.messages() };
};

/** What a run comes to. */
const outcome = (args: string[], changes?: Partial<FfmpegProgram>) =>
  ffmpegWith(args, changes).then(
    ({ code }) => (code === 0 ? 'done' : 'refused'),
    () => 'refused',
  );

test('the traps are real: without its limits ffmpeg follows a playlist', async () => {
  const path = bench.path('trap');
  await writeFile(path, `ffconcat version 1.0\nfile '${footage('birds.mp4')}'\n`);
  const args = [
    ...['-f', 'concat', '-safe', '0', '-i', path],
    ...['-c', 'copy', '-map', '0:v', '-f', 'framecrc', 'pipe:1'],
  ];
  const { code, output } = await ffmpegWith(args, { sandbox: noSandbox });
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
  expect(await outcome(args)).toBe(ffmpeg.limiter.length > 0 || strong ? 'refused' : 'done');
});

test('an ffmpeg sees nothing of our environment', async () => {
  const { output } = await ffmpegWith([], { path: '/usr/bin/env' });
  // bubblewrap tells where a program starts.
  const seen = String(output).replace('PWD=/\n', '').trim().split('\n');
  expect(seen.toSorted()).toEqual(['AV_LOG_FORCE_NOCOLOR=1', 'LC_ALL=C']);
});

/** The sandboxes that this system has the programs for, the strongest first. */
async function sandboxes() {
  const find = async (name: string) =>
    (await promisify(execFile)('/bin/sh', ['-c', `command -v ${name} || true`])).stdout.trim() || undefined;
  return possibleSandboxes(ffmpeg.path, { bwrap: await find('bwrap'), unshare: await find('unshare') });
}

test('the strongest sandbox that works here is used, and an operator is told which', async () => {
  const working = [];
  for (const sandbox of process.platform === 'linux' ? await sandboxes() : []) {
    if (await startsIn(sandbox, ffmpeg.limiter, ffmpeg.path)) working.push(sandbox.name);
  }
  expect(ffmpeg.sandbox.name).toBe(working[0] ?? 'none');
  expect(describeFfmpeg(ffmpeg)).toContain(`sandbox: ${ffmpeg.sandbox.name}`);
});

test('a sandbox that the system does not allow is not taken for one', async () => {
  const forbidden = { name: 'unshare' as const, wrap: () => ['/bin/false'] };
  expect(await startsIn(forbidden, ffmpeg.limiter, ffmpeg.path)).toBe(false);
});

test('in its sandbox an ffmpeg that ignores its limits reaches no host', async () => {
  const args = ['-i', `http://127.0.0.1:${host.port}/secret.mp4`, '-f', 'null', '-'];
  await outcome(args, { sandbox: noSandbox });
  const before = host.calls();
  expect(before).toBeGreaterThan(0);
  await outcome(args);
  expect(host.calls() > before).toBe(none);
});

test('in its sandbox it reads no file but its own, and writes none', async () => {
  const other = await bench.make('-i', footage('birds.mp4'), '-c', 'copy', 'other.mp4');
  const copy = (from: string, to: string[]) => ['-i', from, '-map', '0:v', '-c', 'copy', ...to];
  const nowhere = ['-f', 'null', '-'];
  expect(await outcome(copy(footage('birds.mp4'), nowhere))).toBe('done');
  expect(await outcome(copy(other, nowhere), { sandbox: noSandbox })).toBe('done');
  expect(await outcome(copy(other, nowhere))).toBe(strong ? 'refused' : 'done');
  const writing = copy(footage('birds.mp4'), ['-y', bench.path('copy.mkv')]);
  expect(await outcome(writing, { limiter: [], sandbox: noSandbox })).toBe('done');
  expect(await outcome(writing, { limiter: [] })).toBe(strong ? 'refused' : 'done');
});

test('in its sandbox it is nobody', async () => {
  const { output } = await ffmpegWith(['-u'], { path: '/usr/bin/id' });
  expect(String(output).trim()).toBe(none ? String(process.getuid?.()) : '65534');
});

const someNumber = () => String(1e6 + Math.floor(Math.random() * 1e6));

test('a run that is stopped leaves nothing running, however early that is', async () => {
  const marks = Array.from({ length: 20 }, someNumber);
  const { signal } = new AbortController();
  const program = { ...ffmpeg, path: '/usr/bin/sleep', limiter: [] };
  await Promise.all(
    marks.map(async (mark, place) => {
      const run = startFfmpeg(program, 'fed', [mark], () => undefined, signal);
      await pause(place * 3);
      await run.stop();
      await eventually(async () => (await commandLinesWith(mark)).length === 0, 'nothing to be left', 10_000);
    }),
  );
});

test('a run that is killed while nobody asks how it ends takes nothing else with it', async () => {
  const [stopping, mark] = [new AbortController(), someNumber()];
  const program = { ...ffmpeg, path: '/usr/bin/sleep', limiter: [] };
  const run = startFfmpeg(program, 'fed', [mark], () => undefined, stopping.signal);
  const closed = Promise.all([run.stdout, run.extra].map((stream) => once(stream.resume(), 'close')));
  stopping.abort();
  await Promise.all([closed, run.told]);
  await eventually(async () => (await commandLinesWith(mark)).length === 0, 'it to be gone');
  // Long enough for Node to end a process by what nobody has caught.
  await pause(50);
  await expect(run.exit()).rejects.toThrow('SIGKILL');
});

test('a sandbox that was killed by somebody else leaves nothing running', async () => {
  const mark = someNumber();
  const [command, ...args] = [...ffmpeg.sandbox.wrap(), 'sleep', mark];
  const child = spawn(command, args, { stdio: 'ignore' });
  const isInside = (line: string) => line.startsWith('sleep');
  await eventually(async () => (await commandLinesWith(mark)).some(isInside), 'it to run');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await eventually(async () => (await commandLinesWith(mark)).length === 0, 'nothing to be left');
});

test('an ffmpeg that ran out of CPU time is told from one that failed', async () => {
  const limiter = ['prlimit', '--cpu=1:11', '--'];
  const endless = ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080', '-f', 'null', '-'];
  const limited = ffmpeg.limiter.length > 0 ? { limiter } : { path: '/bin/sh' };
  const args = ffmpeg.limiter.length > 0 ? endless : ['-c', 'kill -XCPU $$'];
  await expect(ffmpegWith(args, limited)).rejects.toMatchObject({ code: 'processing_timeout' });
});
