/**
 * Videos per minute with one and two processors, and the time from the answer 201 to the start of processing when
 * nothing else runs. Usage: throughput.ts [videos]
 */
import { QueryTypes } from 'sequelize';
import { createDatabase } from '../../lib/database.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { footage } from '../support/footage.ts';
import { registerPerson } from '../support/person.ts';

const videos = Number(process.argv[2] ?? 20);
const clip = footage('cockatoo.mp4');

const quantile = (values: number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * q), values.length - 1)] ?? NaN;

const clusterWith = (processor: number) =>
  startCluster({
    replicas: { api: 1, auth: 1, video: 1, notify: 1, processor },
    mailUrl: 'file:///tmp/video-system-bench-mail',
    env: { PROCESSOR_CONCURRENCY: '1' },
  });

async function perMinute(cluster: Cluster): Promise<number> {
  const person = await registerPerson(cluster.urls[0] ?? '');
  const start = performance.now();
  const uploaded = await Promise.all(Array.from({ length: videos }, () => person.upload(clip)));
  for (const { id } of uploaded) await person.waitFor(id, 'completed');
  return (videos * 60_000) / (performance.now() - start);
}

/** Each upload waits for the one before, so nothing else runs. */
async function startDelays(cluster: Cluster): Promise<number[]> {
  const person = await registerPerson(cluster.urls[0] ?? '');
  const database = createDatabase(cluster.databases.video);
  const delays: number[] = [];
  for (let n = 0; n < videos; n += 1) {
    const { id } = await person.upload(footage('birds.mp4'));
    await person.waitFor(id, 'completed');
    const [row] = await database.query<{ ms: string }>(
      'SELECT extract(epoch FROM started_at - created_at) * 1000 AS ms FROM extractions WHERE video_id = :id',
      { replacements: { id }, type: QueryTypes.SELECT },
    );
    delays.push(Number(row?.ms));
  }
  await database.close();
  return delays;
}

const rates: number[] = [];
for (const processors of [1, 2]) {
  const cluster = await clusterWith(processors);
  try {
    rates.push(await perMinute(cluster));
    console.log(`${processors} processor(s): ${(rates.at(-1) ?? NaN).toFixed(1)} videos per minute`);
    if (processors === 1) {
      const delays = await startDelays(cluster);
      const [median, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];
      console.log(`accepted -> processing, idle: median ${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`);
    }
  } finally {
    await cluster.stop();
  }
}
console.log(`two against one: ${((rates[1] ?? NaN) / (rates[0] ?? NaN)).toFixed(2)}`);
