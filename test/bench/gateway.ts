/**
 * Requests per second through the gateway (GET /me: a verified token, one action, one query) in one process and over
 * RabbitMQ, beside a plain moleculer-web with one action that answers from memory. In turns. Usage: gateway.ts [rounds]
 */
import autocannon from 'autocannon';
import { ServiceBroker } from 'moleculer';
import ApiGateway from 'moleculer-web';
import { startCluster } from '../support/cluster.ts';
import { registerPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { startSystem } from '../support/system.ts';

const rounds = Number(process.argv[2] ?? 3);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function plainGateway(port: number): Promise<ServiceBroker> {
  const broker = new ServiceBroker({ logger: false });
  broker.createService({ name: 'plain', actions: { hello: () => ({ hello: 'world' }) } });
  broker.createService({
    name: 'api',
    mixins: [ApiGateway],
    settings: { port, ip: '127.0.0.1', routes: [{ path: '/', aliases: { 'GET /hello': 'plain.hello' } }] },
  });
  await broker.start();
  return broker;
}

async function rate(
  url: string,
  headers: Record<string, string>,
): Promise<{ perSecond: number; p99: number }> {
  const result = await autocannon({ url, headers, connections: 20, duration: 5 });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} errors`);
  return { perSecond: result.requests.average, p99: result.latency.p99 };
}

const plainPort = await freePort();
const plain = await plainGateway(plainPort);
const system = await startSystem();
const cluster = await startCluster({
  replicas: { api: 1, auth: 2, video: 1, notify: 1, processor: 1 },
  mailUrl: 'file:///tmp/video-system-bench-mail',
});
try {
  const tokenAt = async (url: string) => ({
    authorization: `Bearer ${(await registerPerson(url)).tokens.accessToken}`,
  });
  const clusterUrl = cluster.urls[0] ?? '';
  const subjects = [
    { name: 'plain moleculer-web, one action', url: `http://127.0.0.1:${plainPort}/hello`, headers: {} },
    { name: 'one process, GET /me', url: `${system.url}/me`, headers: await tokenAt(system.url) },
    { name: 'over RabbitMQ, GET /me', url: `${clusterUrl}/me`, headers: await tokenAt(clusterUrl) },
  ];
  const results = new Map(subjects.map(({ name }) => [name, [] as { perSecond: number; p99: number }[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, url, headers } of subjects) results.get(name)?.push(await rate(url, headers));
  }
  const baseline = median((results.get(subjects[0]?.name ?? '') ?? []).map(({ perSecond }) => perSecond));
  console.log(`20 connections, ${rounds} rounds of 5 s in turns, medians`);
  for (const [name, runs] of results) {
    const perSecond = median(runs.map((run) => run.perSecond));
    const p99 = median(runs.map((run) => run.p99));
    const ratio = (perSecond / baseline).toFixed(2);
    console.log(`${name.padEnd(34)} ${perSecond.toFixed(0).padStart(6)}/s  p99 ${p99} ms  ratio ${ratio}`);
  }
} finally {
  await plain.stop();
  await system.remove();
  await cluster.stop();
}
