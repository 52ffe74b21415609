import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { boards } from './dashboards/dashboards.ts';
import { dashboardOf } from './dashboards/panels.ts';
import { linkRules, sectionOf } from './runbook.ts';

const rules = fileURLToPath(new URL('rules.yaml', import.meta.url));
const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
};

const linksIn = (text: string) => [...text.matchAll(/runbook_url: (\S+)$/gm)].map(([, link]) => link);

/** A system in good order: what each series tells, minute by minute, in promtool's notation. */
const healthy = {
  'http_requests_total{method="GET",route="/video",status="200"}': '0+600x500',
  'http_requests_total{method="GET",route="/video",status="503"}': '0+0x500',
  'completion_seconds_bucket{source="small",le="120"}': '0+10x500',
  'completion_seconds_count{source="small"}': '0+10x500',
  'mail_delay_seconds_bucket{le="300"}': '0+10x500',
  mail_delay_seconds_count: '0+10x500',
  oldest_waiting_seconds: '5x500',
  'jobs{state="due"}': '3x500',
  'jobs{state="processing"}': '2x500',
  'jobs{state="lost"}': '0x500',
  'extractions_total{outcome="completed",mode="interval",code=""}': '0+10x500',
  'queue_messages{topic="video.uploaded",state="dead"}': '0x500',
  outbox_oldest_seconds: '1x500',
  'mail_total{result="sent"}': '0+10x500',
  'mail_total{result="failed"}': '0+1x500',
  'webhook_deliveries_total{result="sent"}': '0+10x500',
  'webhook_deliveries_total{result="failed"}': '0+10x500',
  'database_connections{database="video",state="waiting"}': '0x500',
  'http_requests_shed_total{by="gateway"}': '0+0x500',
  'nodejs_eventloop_lag_p99_seconds{instance="api-1"}': '0.02x500',
  'disk_used_bytes{instance="api-1"}': '50x500',
  'disk_free_bytes{instance="api-1"}': '50x500',
  'database_connections{instance="video-1",database="video",state="used"}': '3x500',
  'database_connections_max{instance="video-1",database="video"}': '20x500',
  'forged_packets_total{instance="auth-1"}': '0x500',
};
type Series = keyof typeof healthy;
const FAULTS = 'http_requests_total{method="GET",route="/video",status="503"}';
const IN_TIME = 'completion_seconds_bucket{source="small",le="120"}';
const DONE = 'extractions_total{outcome="completed",mode="interval",code=""}';

const cases: [what: string, change: Partial<Record<Series, string>>, alerts: string[]][] = [
  ['all is well', {}, []],
  ['a tenth of all requests fails', { [FAULTS]: '0+60x500' }, ['ErrorBudgetBurnsFast', 'ErrorBudgetBurns']],
  ['eight in a thousand fail', { [FAULTS]: '0+5x500' }, ['ErrorBudgetBurns']],
  ['five in a thousand fail', { [FAULTS]: '0+3x500' }, []],
  ['one video in ten takes too long', { [IN_TIME]: '0+9x500' }, ['CompletionsAreSlow']],
  ['four in a hundred take too long', { [IN_TIME]: '0+9.6x500' }, []],
  [
    'an extraction waits for a quarter of an hour',
    { oldest_waiting_seconds: '900x500' },
    ['WorkWaitsTooLong'],
  ],
  ['an extraction waits for five minutes', { oldest_waiting_seconds: '300x500' }, []],
  [
    'work is due and nobody is at it',
    { 'jobs{state="processing"}': '0x500', [DONE]: '7x500' },
    ['NobodyWorks'],
  ],
  ['work is due and a long one runs', { 'jobs{state="processing"}': '1x500', [DONE]: '7x500' }, []],
  ['leases are lost', { 'jobs{state="lost"}': '1x500' }, ['LeasesAreLost']],
  [
    'a message was given up',
    { 'queue_messages{topic="video.uploaded",state="dead"}': '1x500' },
    ['DeadLetters'],
  ],
  ['the broker takes no events', { outbox_oldest_seconds: '600x500' }, ['OutboxIsStuck']],
  ['two mails in a hundred are late', { 'mail_delay_seconds_bucket{le="300"}': '0+9.8x500' }, ['MailIsSlow']],
  [
    'the mail server is away',
    { 'mail_total{result="sent"}': '5x500', 'mail_total{result="failed"}': '0+10x500' },
    ['MailFails'],
  ],
  ['no webhook arrives', { 'webhook_deliveries_total{result="sent"}': '5x500' }, ['WebhooksFail']],
  [
    'queries wait for connections',
    { 'database_connections{database="video",state="waiting"}': '20x500' },
    ['DatabaseConnectionsAreShort'],
  ],
  [
    'five requests a second are refused',
    { 'http_requests_shed_total{by="gateway"}': '0+300x500' },
    ['RequestsAreRefused'],
  ],
  [
    'a process is too busy',
    { 'nodejs_eventloop_lag_p99_seconds{instance="api-1"}': '2x500' },
    ['EventLoopIsLate'],
  ],
  ['a disk is nearly full', { 'disk_free_bytes{instance="api-1"}': '4x500' }, ['DiskIsNearlyFull']],
  ['a disk has a sixth left', { 'disk_free_bytes{instance="api-1"}': '10x500' }, []],
  [
    'every connection is in use',
    { 'database_connections{instance="video-1",database="video",state="used"}': '20x500' },
    ['DatabasePoolIsNearlyFull'],
  ],
  ['one packet is forged', { 'forged_packets_total{instance="auth-1"}': '0x449 1x50' }, ['PacketsAreForged']],
  ['packets were forged yesterday', { 'forged_packets_total{instance="auth-1"}': '0x99 7x400' }, []],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-rules-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('Prometheus takes the rules', () => {
  expect(promtool('check', 'rules', rules)).toMatchObject({ status: 0 });
});

test('each alert fires when it should, and no other one with it', async () => {
  const tests = cases.map(([name, change, alerts]) => ({
    name,
    interval: '1m',
    input_series: Object.entries({ ...healthy, ...change }).map(([series, values]) => ({
      series: `video_system_${series}`,
      values,
    })),
    promql_expr_test: [
      {
        expr: 'sum by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: '480m',
        exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
      },
    ],
  }));
  const file = join(folder, 'cases.json');
  await writeFile(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '5m', tests }));
  expect(promtool('test', 'rules', file)).toMatchObject({ status: 0 });
  const names = [...(await read('rules.yaml')).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(new Set(cases.flatMap(([, , alerts]) => alerts))).toEqual(new Set(names));
});

test('each alert leads to its own section of the runbook, and each section belongs to one', async () => {
  const text = await read('rules.yaml');
  const alerts = [...text.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  const links = linksIn(text);
  const sections = [...(await read('../../docs/runbook.md')).matchAll(/^### (\w+)$/gm)].map(
    ([, name]) => name,
  );
  expect(links).toEqual(alerts.map((name) => sectionOf(name)));
  expect(sections).toEqual(alerts);
});

test('an address of the runbook stands in all links, of alerts and of dashboards', async () => {
  const base = 'https://wiki.example.com/runbook?of=$1';
  const sections = linksIn(await read('rules.yaml')).map((link = '') => link.split('#')[1] ?? '');
  expect(linksIn(linkRules(await read('rules.yaml'), base))).toEqual(sections.map((it) => `${base}#${it}`));
  for (const board of boards) {
    const { links, panels } = dashboardOf(board, base);
    expect(links.map(({ url }) => url)).toEqual([base]);
    const urls = panels.flatMap((panel) => panel.links.map(({ url }) => url));
    expect(urls).toEqual(board.panels.flatMap(({ alert }) => (alert ? [sectionOf(alert, base)] : [])));
    for (const url of urls) expect(sections).toContain(url.split('#')[1]);
  }
});

test('the rules ask only for what is measured', async () => {
  const used = [...(await read('rules.yaml')).matchAll(/\bvideo_system_\w+/g)].map(([name]) => name);
  const page = await read('../../docs/metrics.md');
  const listed = new Set([...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));
  // Node's own come with prom-client.
  const ours = used.filter((name) => !name.startsWith('video_system_nodejs_'));
  const unknown = ours.filter((name) => !listed.has(name.replace(/_(bucket|count|sum)$/, '')));
  expect(unknown).toEqual([]);
});
