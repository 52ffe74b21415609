import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { problems } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { failures } from '../../lib/failures.ts';
import { runJob } from '../../services/processor/run-job.ts';
import { descendants } from '../support/children.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { createBench, jobFor, packets, recordingVideo, workerWith } from '../support/processor.ts';
import { campaign } from './campaign.ts';
import { assert } from './gateway.ts';

const DEADLINE_MS = 60_000;

interface Mutation {
  file: number;
  changes: {
    kind: 'flip' | 'number' | 'swap' | 'cut' | 'repeat';
    at: number;
    other: number;
    value: number;
  }[];
}

/** Where a field of a length is likely to be hit: the beginning and the index, which are small, count as much as the rest. */
const place = fc.oneof(
  fc.integer({ min: 0, max: 4096 }),
  fc.integer({ min: -32_768, max: -1 }),
  fc.nat(2 ** 30),
);

const inputs: fc.Arbitrary<Mutation> = fc.record({
  file: fc.nat(),
  changes: fc.array(
    fc.record({
      kind: fc.constantFrom('flip', 'flip', 'number', 'number', 'swap', 'cut', 'repeat'),
      at: place,
      other: place,
      value: fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff)),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** Change a copy of a file as it is described. */
function mutate(original: Buffer, { changes }: Mutation): Buffer {
  let bytes = Buffer.from(original);
  for (const { kind, at, other, value } of changes) {
    if (bytes.length < 16) break;
    const size = bytes.length - 8;
    const [a, b] = [((at % size) + size) % size, ((other % size) + size) % size];
    const chunk = Math.min(4096, size - Math.max(a, b)) || 1;
    if (kind === 'flip') bytes[a] = (bytes[a] ?? 0) ^ (1 << (value & 7));
    else if (kind === 'number') bytes.writeUInt32BE(value, a);
    else if (kind === 'cut') bytes = bytes.subarray(0, Math.max(a, 16));
    else if (kind === 'repeat')
      bytes = Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, b + chunk), bytes.subarray(a)]);
    else swap(bytes, a, b, chunk);
  }
  return bytes;
}

function swap(bytes: Buffer, a: number, b: number, length: number): void {
  const first = Buffer.from(bytes.subarray(a, a + length));
  bytes.copyWithin(a, b, b + length);
  first.copy(bytes, b);
}

/** Real videos, damaged, through the probe and the extraction. */
export const media = campaign<Mutation>('media', async () => {
  const bench = await createBench();
  const small = ['-t', '1', '-vf', 'scale=160:-2', '-an'];
  const clips = await Promise.all(
    [
      [footage('birds.mp4'), 'birds.mp4'],
      [footage('cockatoo.mp4'), 'cockatoo.mkv'],
      [footage('phone-portrait.mp4'), 'phone.mov'],
      [footage('city-mpeg1.mpg'), 'city.ts'],
      [footage('hello-mpeg2.mpeg'), 'hello.avi'],
      [footage('birds.mp4'), 'birds.webm'],
      [footage('birds.mp4'), 'birds.gif'],
    ].map(async ([from = '', to = '']) => readFile(await bench.make('-i', from, ...small, to))),
  );
  let number = 0;
  const before = process.memoryUsage.rss();
  return {
    inputs,
    lanes: availableParallelism(),
    attack: async (mutation) => {
      const path = bench.path(`mutated-${(number += 1)}`);
      await writeFile(path, mutate(clips[mutation.file % clips.length] ?? Buffer.alloc(0), mutation));
      const job = await jobFor(bench.store, path, { select: { mode: 'count', count: 2 }, maxWidth: 64 });
      const video = recordingVideo();
      const late = AbortSignal.timeout(DEADLINE_MS);
      const said: string[] = [];
      const logger = {
        ...silentLogger,
        warn: (...args: unknown[]) => void said.push(args.map(String).join(' ')),
      };
      await runJob({ ...workerWith(video.port, bench.store), logger }, job, late);
      for (const key of [job.source.key, job.archiveKey, job.previewKey]) await bench.store.delete(key);
      assert(!late.aborted, `it took longer than ${DEADLINE_MS} ms`);
      const [failed] = video.told('fail');
      if (!failed)
        return video.told('complete').length === 1 ? 'completed' : Promise.reject(new Error('no end'));
      assert(
        Object.hasOwn(failures, failed.code) && !Object.hasOwn(problems, failed.code),
        `the code ${failed.code}`,
      );
      assert(
        !failed.retryable,
        `a fault of the file was taken for one of ours: ${said.join(' ').slice(-2000)}`,
      );
      return failed.code;
    },
    settle: async () => {
      const names = async () =>
        (await descendants(process.pid)).map(({ name }) => name).filter((it) => /ffmpeg|bwrap/.test(it));
      await eventually(async () => (await names()).length === 0, 'every ffmpeg to end');
      const growth = process.memoryUsage.rss() - before;
      assert(growth < 500 * 1024 ** 2, `memory grew by ${growth} bytes`);
      return [`memory grew by ${Math.round(growth / 1e6)} MB, no process left`];
    },
    stop: async () => {
      await packets.close();
      await bench.remove();
    },
  };
});
