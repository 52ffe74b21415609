import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { listen } from '../support/events.ts';
import { familiesOf, scrape, valueOf, type Family } from '../support/metrics.ts';
import { json, problemOf, registerPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { startSystem, type System } from '../support/system.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

let system: System;
let receiver: Receiver;
let port: number;
beforeAll(async () => {
  port = await freePort();
  receiver = await startReceiver();
  const env = {
    METRICS_PORT: String(port),
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
  };
  system = await startSystem({ env });
});
afterAll(async () => {
  await system.remove();
  await receiver.stop();
});

const isOurs = (name: string) => /^video_system_(?!process_|nodejs_)/.test(name);

test('what a system has done is measured, under templates and kinds, never under names', async () => {
  const person = await registerPerson(system.url);
  const stream = await listen(system.url, person.tokens.accessToken);
  await person.fetch('/me/webhooks', json({ url: receiver.url, kinds: ['video.failed'] }));
  const good = await person.upload(footage('birds.mp4'), { filename: 'secret name.mp4' });
  const broken = await person.upload(Buffer.from('no video'), { filename: 'broken.mp4' });
  await person.waitFor(good.id, 'completed');
  await person.waitFor(broken.id, 'failed');
  await fetch(`${system.url}/made-up/${good.id}`);
  await eventually(() => receiver.received.length === 1, 'the webhook');
  const text = await eventually(async () => {
    const now = await scrape(port);
    const isDone =
      valueOf(now, /video_system_mail_total\{result="sent"\}/) >= 3 &&
      valueOf(now, /video_system_outbox_events\{state="unsettled"\}/) === 0 &&
      valueOf(now, /video_system_webhook_deliveries_total\{result="sent"\}/) === 1;
    return isDone && now;
  }, 'everything to be measured');
  stream.cut();

  expect(
    valueOf(text, /video_system_http_requests_total\{method="GET",route="\/video\/:id",status="200"\}/),
  ).toBeGreaterThan(1);
  expect(valueOf(text, /video_system_http_requests_total\{method="GET",route="other",status="404"\}/)).toBe(
    1,
  );
  expect(valueOf(text, /video_system_event_streams/)).toBe(1);
  expect(valueOf(text, /video_system_extractions_total\{outcome="completed",mode="interval",code=""\}/)).toBe(
    1,
  );
  expect(
    valueOf(text, /video_system_extractions_total\{outcome="failed",mode="interval",code="not_a_video"\}/),
  ).toBe(1);
  expect(valueOf(text, /video_system_extraction_seconds_count\{mode="interval"\}/)).toBe(1);
  expect(valueOf(text, /video_system_completion_seconds_bucket\{le="120",source="small"\}/)).toBe(1);
  expect(valueOf(text, /video_system_queue_messages\{topic="video.uploaded",state="dead"\}/)).toBe(0);
  expect(valueOf(text, /moleculer_request_total\{[^}]*action="video.create"[^}]*\}/)).toBeGreaterThan(0);
  for (const secret of [person.email, person.id, good.id, 'secret name', 'made-up'])
    expect(text).not.toContain(secret);
});

test('what is told is what docs/metrics.md lists, with its types and labels', async () => {
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*)\|/gm)];
  const listed = rows.map(([, name = '', type = '', labels = '']) => ({
    ...{ name, type },
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
  }));
  const byName = (some: Family[]) => some.toSorted((a, b) => a.name.localeCompare(b.name));
  const told = familiesOf(await scrape(port)).filter(({ name }) => isOurs(name));
  expect(byName(told)).toEqual(byName(listed));
});

test('Prometheus has nothing against it', async () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await scrape(port),
  });
  // Complaints about names of Moleculer's and Node's own metrics are theirs.
  const ours = `${String(stdout)}${String(stderr)}`
    .split('\n')
    .filter((line) => isOurs(line.split(' ')[0] ?? ''));
  expect({ ours, isRead: status === 0 || status === 3 }).toEqual({ ours: [], isRead: true });
});

test('it is served at its own port only, with nothing but the health of its process', async () => {
  expect(await problemOf(await fetch(`${system.url}/metrics`))).toEqual([404, 'not_found']);
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  for (const path of ['/', '/video', '/health']) expect(await statusOf(path)).toBe(404);
  for (const path of ['/health/live', '/health/ready']) expect(await statusOf(path)).toBe(200);
});
