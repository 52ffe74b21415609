/**
 * How fast bytes go in and out, beside plain Node and nginx in turns with it; the memory that takes; and how long other
 * requests wait meanwhile. Every transfer is made by curl. Needs curl and nginx, and 8 times the size on the disk.
 * Usage: transfer.ts [rounds] [MiB]
 */
import { execFile } from 'node:child_process';
import { copyFile, link, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { VideoJson } from '../../lib/contracts.ts';
import { clipOf } from '../support/padded-clip.ts';
import { registerPerson } from '../support/person.ts';
import { startSystem } from '../support/system.ts';
import { startNginx, startPlain, type Baseline } from './baselines.ts';

const run = promisify(execFile);
const MiB = 1024 ** 2;
const rounds = Number(process.argv[2] ?? 5);
const size = Number(process.argv[3] ?? 1024) * MiB;
const MANY = { count: 50, size: 20 * MiB };

const folder = await mkdtemp(join(tmpdir(), 'video-system-bench-'));
const plain = await startPlain(folder);
const nginx = await startNginx(folder);
const system = await startSystem({ env: { PROCESSOR_CONCURRENCY: '1', MAX_UPLOAD_BYTES: String(8 * size) } });
const person = await registerPerson(system.url);
const authorization = `Authorization: Bearer ${person.tokens.accessToken}`;

/** @returns the seconds that curl took, from the beginning of the request to the end of the answer */
async function curl(expected: number, ...args: string[]): Promise<number> {
  const report = '%{stderr}%{http_code} %{time_total}';
  const { stderr } = await run('curl', ['-s', '-o', '/dev/null', '-w', report, ...args]);
  const [status, seconds] = stderr.split(' ').map(Number);
  if (status !== expected) throw new Error(`curl ${args.join(' ')} got ${status}`);
  return seconds ?? NaN;
}

/** A real clip with zeros behind it; they are a hole in the file, so reading them costs little. */
async function makeBody(bytes: number): Promise<string> {
  const path = join(folder, `body-${bytes}`);
  await writeFile(path, await clipOf(bytes));
  await using file = await open(path, 'r+');
  await file.truncate(bytes);
  return path;
}

const raw = ['-H', 'Content-Type: video/mp4', '-H', 'Expect:'];
const recipe = new URLSearchParams({ recipe: JSON.stringify({ select: { mode: 'count', count: 1 } }) });
const upload = (body: string) =>
  curl(
    201,
    ...raw,
    '-H',
    authorization,
    '-X',
    'POST',
    '-T',
    body,
    `${system.url}/video?${recipe.toString()}`,
  );
const uploadPlain = (body: string) => curl(201, ...raw, '-X', 'POST', '-T', body, plain.url);
const uploadNginx = (body: string) => curl(201, ...raw, '-T', body, `${nginx.url}/body`);

const list = async () =>
  ((await (await person.fetch('/video?limit=100')).json()) as { items: VideoJson[] }).items;

/** Remove the videos, which also ends the work that they cause, and what the others have stored. */
async function settle(): Promise<void> {
  for (const { id } of await list()) {
    await person.fetch(`/video/${id}`, { method: 'DELETE' });
  }
  for (const { folder } of [plain, nginx]) {
    const bodies = (await readdir(folder)).filter((name) => name !== 'nginx.conf' && name !== 'temp');
    for (const name of bodies) if (!name.includes('.')) await rm(join(folder, name));
  }
}

const percentile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
const median = (values: number[]) => percentile(values, 0.5);

interface Target {
  atLeast?: number | undefined;
  below?: number;
}

function tell(name: string, value: number, { atLeast, below }: Target, note: string): void {
  if (atLeast === undefined && below === undefined) {
    console.log(name.padEnd(44), value.toFixed(2).padStart(7), '  no target', note);
    return;
  }
  const reached = atLeast === undefined ? value < (below ?? Infinity) : value >= atLeast;
  const goal = atLeast === undefined ? `below ${below}` : `at least ${atLeast.toFixed(2)}`;
  const verdict = `target ${goal} ${reached ? 'reached' : 'NOT reached'}`;
  console.log(name.padEnd(44), value.toFixed(2).padStart(7), ` ${verdict}`, ` ${note}`);
}

/** Rates in turns; each ratio is taken within its round, since other work on the machine comes and goes. */
async function compare(
  name: string,
  ours: () => Promise<number>,
  others: Record<string, { take: () => Promise<number>; atLeast?: number }>,
): Promise<void> {
  const mine: number[] = [];
  const theirs = new Map(Object.keys(others).map((key) => [key, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    mine.push(await ours());
    for (const [key, { take }] of Object.entries(others)) theirs.get(key)?.push(await take());
    if (name === 'upload') await settle();
  }
  const rate = (seconds: number[]) => `${(size / MiB / median(seconds)).toFixed(0)} MiB/s`;
  for (const [key, { atLeast }] of Object.entries(others)) {
    const seconds = theirs.get(key) ?? [];
    const ratio = median(mine.map((it, round) => (seconds[round] ?? NaN) / it));
    tell(`${name} : ${key}`, ratio, { atLeast }, `(${rate(mine)} : ${rate(seconds)})`);
  }
}

async function memory(field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${system.pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) * 1024;
}

/** How much memory the process takes at most beyond what it has at rest, in MB. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const atRest = await memory('VmRSS');
  // Forgets the highest so far (proc(5)).
  await writeFile(`/proc/${system.pid}/clear_refs`, '5');
  await work();
  return ((await memory('VmHWM')) - atRest) / 1e6;
}

async function latencies(until: Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  const end = new AbortController();
  void until.finally(() => end.abort());
  while (!end.signal.aborted) {
    const start = performance.now();
    await (await person.fetch('/video?limit=1')).arrayBuffer();
    found.push(performance.now() - start);
    await pause(5);
  }
  return found;
}

/** An archive of that size: an upload's, whose object and row are made larger, linked where the others find it, too. */
async function makeArchive(body: string): Promise<string> {
  await upload(body);
  const [video] = await list();
  const { id = '' } = video ?? {};
  await person.waitFor(id, 'completed');
  const [row] = await system.query<{ archive_key: string }>(
    'video',
    'UPDATE extractions SET archive_size = $2 WHERE video_id = $1 RETURNING archive_key',
    [id, size],
  );
  const object = join(system.dataDir, 'objects', row?.archive_key ?? '');
  await rm(object);
  await copyFile(body, object);
  for (const { folder } of [plain, nginx]) await link(object, join(folder, 'archive.zip'));
  return id;
}

try {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`,
  );
  console.log(
    `${size / MiB} MiB, ${rounds} rounds in turns; a ratio of rates above 1 means that we are faster`,
  );
  const small = await makeBody(MANY.size);
  const body = await makeBody(size);
  await upload(small);
  await settle();

  await compare('upload', () => upload(body), {
    'plain Node with the same hashing': { take: () => uploadPlain(body), atLeast: 0.8 },
    nginx: { take: () => uploadNginx(body), atLeast: 0.5 },
  });

  const id = await makeArchive(small === body ? small : body);
  const download = () => curl(200, '-H', authorization, `${system.url}/video/${id}/download`);
  const sendfile = () => curl(200, `${nginx.url}/archive.zip`);
  await download();
  await sendfile();
  const sent = () => curl(200, `${plain.url}/archive.zip`);
  await compare('download', download, {
    'nginx sendfile': { take: sendfile, atLeast: 0.7 },
    'plain Node': { take: sent },
  });
  await settle();

  const large = await makeBody(4 * size);
  tell(`memory for ${(4 * size) / MiB} MiB, MB`, await growth(() => upload(large)), { below: 60 }, '');
  await settle();

  const many = () => Promise.all(Array.from({ length: MANY.count }, () => upload(small)));
  tell(`memory for ${MANY.count} uploads of 20 MiB, MB`, await growth(many), { below: 60 }, '');
  await settle();
  const idle = await latencies(pause(5000));
  const busy = await latencies(many());
  for (const [name, values] of Object.entries({ idle, [`under ${MANY.count} uploads`]: busy })) {
    const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
    console.log(`GET /video ${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${values.length}`);
  }
} finally {
  await system.remove();
  for (const server of [plain, nginx] as Baseline[]) await server.stop();
  await rm(folder, { recursive: true, force: true });
}
