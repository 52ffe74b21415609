/**
 * Live events to many people at one gateway, beside the same people who poll `GET /video` every two seconds: how long a
 * committed change takes to arrive, and what it costs the process.
 * Usage: events.ts [people] [seconds]
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { signAccessToken } from '../../lib/access-token.ts';
import type { VideoJson } from '../../lib/contracts.ts';
import { loadSigningKey } from '../../services/auth/signing-key.ts';
import { startSystem } from '../support/system.ts';

const count = Number(process.argv[2] ?? 500);
const seconds = Number(process.argv[3] ?? 20);
const CHANGES_PER_SECOND = 25;
const POLL_MS = 2000;
const VIDEOS = 3;

interface Follower {
  personId: string;
  token: string;
  videoId: string;
}

const system = await startSystem({
  env: { PROCESSOR_CONCURRENCY: '1', MAX_EVENT_STREAMS_PER_NETWORK: String(2 * count) },
});
const database = new pg.Client({ host: join(system.dataDir, 'run'), user: 'postgres', database: 'video' });
await database.connect();
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

async function makePeople(): Promise<Follower[]> {
  const file = join(system.dataDir, 'keys', 'access-token.pem');
  const key = await loadSigningKey({ file, makeIfMissing: false });
  const people: Follower[] = [];
  for (let n = 0; n < count; n += 1) {
    const caller = { role: 'user', sessionId: randomUUID(), scope: 'write' } as const;
    const [personId, videoId] = [randomUUID(), randomUUID()];
    people.push({ personId, videoId, token: signAccessToken({ ...caller, personId }, key, 3600) });
    for (let k = 0; k < VIDEOS; k += 1) await makeVideo(personId, k === 0 ? videoId : randomUUID());
  }
  return people;
}

/** A finished video with nothing behind it: only its row is looked at. */
async function makeVideo(personId: string, id: string): Promise<void> {
  await database.query(
    `WITH made AS (
       INSERT INTO videos (id, person_id, filename, content_type, size, sha256, object_key, created_at)
       VALUES ($1, $2, 'clip.mp4', 'video/mp4', 1, $3, $4, now()) RETURNING id
     )
     INSERT INTO extractions (id, video_id, person_id, recipe, status, run_at, created_at, finished_at)
     SELECT gen_random_uuid(), id, $2, '{"select":{"mode":"interval","seconds":1},"format":"jpg"}', 'canceled',
            now(), now(), now() FROM made`,
    [id, personId, 'a'.repeat(64), `sources/${id}`],
  );
}

/** When each change was committed, by what makes it known: the video and its progress. */
const committed = new Map<string, number>();
const delays: number[] = [];

function notice(video: Pick<VideoJson, 'id' | 'progress'>): void {
  const name = `${video.id} ${video.progress}`;
  const at = committed.get(name);
  if (at === undefined) return;
  delays.push(performance.now() - at);
  committed.delete(name);
}

const progress = new Map<string, number>();

/** Somebody's progress moves, at an even pace. */
async function change(people: Follower[]): Promise<void> {
  const total = CHANGES_PER_SECOND * seconds;
  const start = performance.now();
  for (let n = 0; n < total; n += 1) {
    await pause(Math.max(0, start + (n * 1000) / CHANGES_PER_SECOND - performance.now()));
    const videoId = people[(n * 7) % people.length]?.videoId ?? '';
    const next = ((progress.get(videoId) ?? 0) % 100) + 1;
    progress.set(videoId, next);
    committed.set(`${videoId} ${next}`, performance.now());
    await database.query('UPDATE extractions SET progress = $2 WHERE video_id = $1', [videoId, next]);
  }
  await pause(POLL_MS + 1000);
}

const request = (path: string, { token }: Follower) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(`${system.url}${path}`, { headers, agent }, resolve).on('error', reject);
  });

async function followLive(person: Follower): Promise<() => void> {
  const response = await request('/events', person);
  if (response.statusCode !== 200) throw new Error(`The stream answered ${response.statusCode}`);
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, json] = /^event: video\n(?:id: .*\n)?data: (.*)$/m.exec(block) ?? [];
      if (json) notice(JSON.parse(json) as VideoJson);
    }
  });
  response.on('error', () => undefined);
  return () => response.destroy();
}

function poll(person: Follower, place: number): () => void {
  let stopped = false;
  const run = async () => {
    await pause((POLL_MS * place) / count);
    while (!stopped) {
      const began = performance.now();
      const response = await request('/video', person);
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      for (const video of (JSON.parse(text) as { items: VideoJson[] }).items) notice(video);
      await pause(Math.max(0, POLL_MS - (performance.now() - began)));
    }
  };
  run().catch((error: unknown) => {
    if (!stopped) throw error;
  });
  return () => {
    stopped = true;
  };
}

async function memoryMB(): Promise<number> {
  const status = await readFile(`/proc/${system.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024) / 1e6;
}

/** Of the process, the databases apart; proc(5): utime and stime, in hundredths of a second. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile(`/proc/${system.pid}/stat`, 'utf8');
  const [utime = 0, stime = 0] = stat.split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return (utime + stime) / 100;
}

const percentile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

async function measure(name: string, people: Follower[], follow: typeof followLive) {
  const memoryBefore = await memoryMB();
  const stops = await Promise.all(people.map((person) => follow(person)));
  await pause(3000);
  const addedMB = (await memoryMB()) - memoryBefore;
  committed.clear();
  delays.length = 0;
  const [cpuBefore, began] = [await cpuSeconds(), performance.now()];
  await change(people);
  const cpu = (100 * ((await cpuSeconds()) - cpuBefore)) / ((performance.now() - began) / 1000);
  for (const stop of stops) stop();
  const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  console.log(
    `${name}: ${delays.length} of ${CHANGES_PER_SECOND * seconds} arrived, p50 ${p50.toFixed(0)} ms,`,
    `p99 ${p99.toFixed(0)} ms, ${cpu.toFixed(0)} % of a core, ${addedMB.toFixed(0)} MB added`,
  );
  await pause(2000);
  return { p50, p99, cpu, addedMB };
}

try {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`,
  );
  console.log(`${count} people, ${CHANGES_PER_SECOND} changes a second for ${seconds} s; all in one process`);
  const people = await makePeople();
  // First, so that what a process gets by being used at all is not counted for the streams.
  const places = new Map(people.map((person, place) => [person, place]));
  const polled = await measure(`polling each ${POLL_MS / 1000} s`, people, (person) =>
    Promise.resolve(poll(person, places.get(person) ?? 0)),
  );
  const live = await measure('live events', people, followLive);
  const ratio = (name: 'p50' | 'p99' | 'cpu') => (live[name] / polled[name]).toFixed(2);
  console.log(
    `live : polling, below 1 is better: p50 ${ratio('p50')}, p99 ${ratio('p99')}, CPU ${ratio('cpu')}`,
  );
  console.log(`memory for each stream: ${((live.addedMB * 1000) / count).toFixed(0)} KB`);
} finally {
  agent.destroy();
  await database.end();
  await system.remove();
}
