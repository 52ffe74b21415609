import { kill } from 'node:process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { measures, scrape, valueOf } from '../support/metrics.ts';
import { json, PASSWORD, registerPerson, type ApiPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { processesWith } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { startSystem, type System } from '../support/system.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

/** What takes long enough to be disturbed. */
const LONG = { recipe: JSON.stringify({ select: { mode: 'all' }, format: 'png', end: 4 }) };
const [REFUSED, BUSY] = ['refused@example.com', 'busy@example.com'];

let system: System;
let mail: TestServer;
let receiver: Receiver;
let port: number;
let person: ApiPerson;
beforeAll(async () => {
  port = await freePort();
  mail = await startTestServer({ [REFUSED]: 550, [BUSY]: 450 });
  receiver = await startReceiver();
  const env = {
    METRICS_PORT: String(port),
    MAIL_URL: mail.url,
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
    LEASE_SECONDS: '2',
    SWEEP_SECONDS: '1',
  };
  system = await startSystem({ env });
  person = await registerPerson(system.url);
});
afterAll(async () => {
  await system.remove();
  await mail.stop();
  await receiver.stop();
});

const reaches = (sample: RegExp, value: number) => measures(port, sample, value);

test('logins are counted by how they end, those that are held up too', async () => {
  const logIn = async (password: string) =>
    (await fetch(`${system.url}/login`, json({ email: person.email, password }))).status;
  const outcomes = new Map<number, number>();
  for (let n = 0; n < 12; n++) {
    const status = await logIn('wrong');
    outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
  }
  expect([...outcomes.keys()]).toEqual([401, 429]);
  const wrong = /video_system_logins_total\{outcome="invalid_credentials"\}/;
  await reaches(wrong, outcomes.get(401) ?? 0);
  await reaches(/video_system_logins_total\{outcome="too_many_requests"\}/, outcomes.get(429) ?? 0);
  await reaches(/video_system_http_problems_total\{code="too_many_requests"\}/, outcomes.get(429) ?? 0);
  // The one that came with the registration.
  await reaches(/video_system_logins_total\{outcome="ok"\}/, 1);
});

test('mail is counted by what the mail server says', async () => {
  const sample = (result: string) => new RegExp(`video_system_mail_total\\{result="${result}"\\}`);
  await reaches(sample('sent'), 1);
  for (const email of [REFUSED, BUSY])
    await fetch(`${system.url}/register`, json({ email, password: PASSWORD }));
  await reaches(sample('refused'), 1);
  await eventually(
    async () => valueOf(await scrape(port), sample('failed')) >= 1,
    'a mail to be tried in vain',
  );
  await reaches(sample('sent'), 1);
  await reaches(/video_system_mail_delay_seconds_count/, 1);
});

test('deliveries to webhooks are counted by what the receiver says', async () => {
  const sample = (result: string) =>
    new RegExp(`video_system_webhook_deliveries_total\\{result="${result}"\\}`);
  const made = await person.fetch('/me/webhooks', json({ url: receiver.url, kinds: ['video.failed'] }));
  const { id } = (await made.json()) as { id: string };
  for (const [status, result] of [
    [204, 'sent'],
    [500, 'failed'],
    [410, 'refused'],
  ] as const) {
    receiver.respond = (res) => res.writeHead(status).end();
    await person.fetch(`/me/webhooks/${id}/test`, { method: 'POST' });
    await reaches(sample(result), 1);
  }
});

test('an attempt whose ffmpeg is killed is counted as retried, and the next one as completed', async () => {
  const { id } = await person.upload(footage('city-mpeg1.mpg'), LONG);
  const [ffmpeg = 0] = await eventually(async () => {
    const found = (await processesWith('ffmpeg')).filter(({ line }) => line.includes(system.dataDir));
    return found.length > 0 && found.map(({ pid }) => pid);
  }, 'ffmpeg to run');
  kill(ffmpeg, 'SIGKILL');
  await person.waitFor(id, 'completed');
  await reaches(
    /video_system_extractions_total\{outcome="retried",mode="all",code="attempts_exhausted"\}/,
    1,
  );
  await reaches(/video_system_extractions_total\{outcome="completed",mode="all",code=""\}/, 1);
});

test('the lease of a worker that was killed is counted as lost', async () => {
  const { id } = await person.upload(footage('city-mpeg1.mpg'), { ...LONG, filename: 'again.mpg' });
  await person.waitFor(id, 'processing');
  await system.kill();
  system = await system.restart();
  await reaches(/video_system_leases_lost_total/, 1);
  const video = await person.waitFor(id, 'completed');
  expect(video.attempts).toBe(2);
});
