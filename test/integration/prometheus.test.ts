import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { listen } from '../support/events.ts';
import { json, registerPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { startSystem, type System } from '../support/system.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

interface Rule {
  name: string;
  type: 'alerting' | 'recording';
  query: string;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
}
type Labels = Record<string, string>;
interface Target {
  expr: string;
  legendFormat: string;
}

const monitoring = new URL('../../k8s/monitoring/', import.meta.url);
let folder: string;
let system: System;
let receiver: Receiver;
let prometheus: ChildProcess;
let api: string;

async function ask<Data>(path: string, query: Record<string, string> = {}): Promise<Data> {
  const response = await fetch(`${api}/${path}?${new URLSearchParams(query).toString()}`);
  const { data, error } = (await response.json()) as { data: Data; error?: string };
  if (error !== undefined) throw new Error(`${error}: ${JSON.stringify(query)}`);
  return data;
}

/** The rules once a minute would take the test a minute; here they are looked at every second. */
async function startPrometheus(metricsPort: number): Promise<void> {
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [fileURLToPath(new URL('rules.yaml', monitoring))],
    scrape_configs: [
      {
        job_name: 'video-system',
        static_configs: [{ targets: [`127.0.0.1:${metricsPort}`], labels: { namespace: 'test' } }],
      },
    ],
  };
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, JSON.stringify(config));
  const port = await freePort();
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  prometheus = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  api = `http://127.0.0.1:${port}/api/v1`;
}

/** Something of everything that is counted only when it happens. */
async function useSystem(): Promise<void> {
  const person = await registerPerson(system.url);
  const stream = await listen(system.url, person.tokens.accessToken);
  await person.fetch('/me/webhooks', json({ url: receiver.url, kinds: ['video.failed'] }));
  const good = await person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
  const broken = await person.upload(Buffer.from('no video'), { filename: 'broken.mp4' });
  await person.waitFor(good.id, 'completed');
  await person.waitFor(broken.id, 'failed');
  await fetch(`${system.url}/nothing`);
  await eventually(() => receiver.received.length === 1, 'the webhook');
  stream.cut();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-prometheus-'));
  const port = await freePort();
  receiver = await startReceiver();
  const env = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' };
  system = await startSystem({ env: { ...env, METRICS_PORT: String(port) } });
  await startPrometheus(port);
  await useSystem();
  await eventually(
    async () => (await seriesOf('video_system_webhook_deliveries_total').catch(() => [])).length > 0,
    'the series to arrive',
  );
});
afterAll(async () => {
  const ended = once(prometheus, 'exit');
  prometheus.kill();
  await ended;
  await system.remove();
  await receiver.stop();
  await rm(folder, { recursive: true, force: true });
});

const seriesOf = (selector: string) => ask<Labels[]>('series', { 'match[]': selector });
const metricsIn = (expr: string) => [...new Set(expr.match(/\bvideo_system_\w+/g))];

test('Prometheus reaches the system', async () => {
  const { activeTargets } = await ask<{ activeTargets: { health: string; lastError: string }[] }>('targets');
  expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
});

test('every rule can be evaluated, and asks for what there is', async () => {
  const rules = await eventually(async () => {
    const { groups } = await ask<{ groups: { rules: Rule[] }[] }>('rules');
    const all = groups.flatMap((group) => group.rules);
    return all.every(({ health }) => health !== 'unknown') && all;
  }, 'the rules to be evaluated');
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  expect(new Set(rules.map(({ type }) => type))).toEqual(new Set(['alerting', 'recording']));
  for (const metric of metricsIn(rules.map(({ query }) => query).join(' ')))
    expect({ metric, there: (await seriesOf(metric)).length > 0 }).toEqual({ metric, there: true });
});

test('every query of the dashboards can be run, and names metrics and labels that there are', async () => {
  const folderOfBoards = new URL('dashboards/', monitoring);
  const files = (await readdir(folderOfBoards)).filter((name) => name.endsWith('.json'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = await readFile(new URL(file, folderOfBoards), 'utf8');
    const { panels } = JSON.parse(text) as { panels: { targets: Target[] }[] };
    for (const target of panels.flatMap(({ targets }) => targets)) await check(target);
  }
});

/** Run a query; each metric in it must have series, and those the labels that the query and its legend name. */
async function check({ expr, legendFormat }: Target): Promise<void> {
  const query = expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m');
  await ask('query', { query });
  const labels = [
    ...[...query.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, name = '']) => name),
    ...[...query.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/, ?/)),
    ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name),
  ];
  const metrics = metricsIn(query);
  expect(metrics).not.toEqual([]);
  const series = await Promise.all(metrics.map(seriesOf));
  const known = new Set(series.flat().flatMap((each) => Object.keys(each)));
  expect({
    expr,
    metrics: metrics.filter((_name, index) => series[index]?.length === 0),
    labels: labels.filter((name) => !known.has(name)),
  }).toEqual({ expr, metrics: [], labels: [] });
}
