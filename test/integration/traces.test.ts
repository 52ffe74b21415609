import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, PASSWORD, registerPerson, type ApiPerson } from '../support/person.ts';
import { startTestServer, type TestServer } from '../support/smtp-server.ts';
import { startSystem } from '../support/system.ts';
import { startCollector, type Collector } from '../support/trace-collector.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENTS_SPAN = '00f067aa0ba902b7';
const traceparent = `00-${TRACE_ID}-${CLIENTS_SPAN}-01`;
let collector: Collector;
let mail: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  collector = await startCollector();
  mail = await startTestServer();
  receiver = await startReceiver();
});
afterAll(async () => {
  await collector.stop();
  await mail.stop();
  await receiver.stop();
});

const settings = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=a%20key',
  MAIL_URL: mail.url,
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
});

/** Upload as a client that traces, and wait until its mail was sent, and its webhook told. */
async function uploadTraced(person: ApiPerson): Promise<void> {
  const hook = { url: `${receiver.url}?private-query`, kinds: ['video.processed'] };
  expect((await person.fetch('/me/webhooks', json(hook))).status).toBe(201);
  const response = await person.fetch('/video?filename=private-name.mp4', {
    method: 'POST',
    headers: { 'Content-Type': 'video/mp4', traceparent },
    body: await readFile(footage('birds.mp4')),
  });
  expect(response.status).toBe(201);
  for (const last of ['mail send', 'webhook send'])
    await eventually(() => ofUpload().some(({ name }) => name === last), `${last} to be traced`, 90_000);
  await eventually(
    () => ofUpload().some(({ kind, name }) => kind === 2 && name.startsWith('POST')),
    'the root',
  );
}

const ofUpload = () => collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
const linesOf = (name: string) =>
  ofUpload()
    .filter((span) => span.name === name)
    .map((span) => collector.lineOf(span).filter((it) => !it.startsWith('call ')));

/** What every upload's trace holds, each with what it is a part of. */
function expectOneWholeTrace(): void {
  const [root] = ofUpload().filter(({ name }) => name === 'POST /video');
  expect(root?.parentSpanId).toBe(CLIENTS_SPAN);
  const toExtract = ['process video.uploaded', 'publish video.uploaded', 'video.create', 'POST /video'];
  const toNotice = [
    ...['process video.processed', 'publish video.processed', 'video.complete', 'extract'],
    ...toExtract,
  ];
  expect(linesOf('extract')).toEqual([['extract', ...toExtract]]);
  expect(linesOf('store put')).toContainEqual(['store put', 'POST /video']);
  expect(linesOf('store put')).toContainEqual(['store put', 'extract', ...toExtract]);
  expect(linesOf('ffmpeg')).toContainEqual(['ffmpeg', 'extract', ...toExtract]);
  for (const last of ['mail send', 'webhook send'])
    expect(linesOf(last)).toEqual([[last, 'notification', ...toNotice]]);
  // No span lacks its parent.
  const ids = new Set([CLIENTS_SPAN, ...ofUpload().map(({ spanId }) => spanId)]);
  expect(ofUpload().filter(({ parentSpanId = '' }) => !ids.has(parentSpanId))).toEqual([]);
}

test('in one process an upload is one trace, from its client to its mail, without secrets', async () => {
  const system = await startSystem({ env: settings() });
  try {
    const person = await registerPerson(system.url);
    await uploadTraced(person);
    expect(await system.stop()).toBe(0);
    expectOneWholeTrace();
    expect(collector.headers()['x-collector-key']).toBe('a key');
    const all = JSON.stringify(collector.spans);
    for (const secret of [
      PASSWORD,
      person.email,
      person.tokens.accessToken,
      'private-name',
      'private-query',
      'a key',
    ])
      expect(all).not.toContain(secret);
  } finally {
    await system.remove();
  }
});

test('a letter that goes by calls which are written down belongs to the request that has caused it', async () => {
  collector.spans.length = 0;
  const system = await startSystem({ env: settings() });
  try {
    const { email } = await registerPerson(system.url);
    await fetch(`${system.url}/password/forgot`, json({ email }, { headers: { traceparent } }));
    // Registering causes a letter, too, and that may come now.
    const isThere = () => mail.received.some((it) => it.mail.text?.includes('#/reset/'));
    await eventually(isThere, 'the letter');
    expect(await system.stop()).toBe(0);
  } finally {
    await system.remove();
  }
  // Two such calls: one for whoever is asked to begin, one for whoever writes the letter.
  const toLetter = ['notification', 'notify.tell', 'auth.beginReset', 'auth.forgotPassword'];
  expect(linesOf('mail send')).toEqual([['mail send', ...toLetter, 'POST /password/forgot']]);
});

test('over RabbitMQ, with a process for each service, it is one trace as well', async () => {
  collector.spans.length = 0;
  const replicas = { api: 1, auth: 1, video: 1, notify: 1, processor: 1 };
  const cluster: Cluster = await startCluster({ replicas, mailUrl: mail.url, env: settings() });
  try {
    await uploadTraced(await registerPerson(cluster.urls[0] ?? ''));
  } finally {
    await cluster.stop();
  }
  expectOneWholeTrace();
  const services = new Set(ofUpload().map(({ service }) => service));
  expect([...services].sort()).toEqual(
    ['api', 'auth', 'notify', 'processor', 'video'].map((name) => `video-system-${name}`),
  );
});

test('nothing is exported when nothing is sampled, and a collector that is away disturbs nobody', async () => {
  collector.spans.length = 0;
  const environments = [
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'always_off' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  ];
  for (const env of environments) {
    const system = await startSystem({ env });
    try {
      const person = await registerPerson(system.url);
      const { id } = await person.upload(footage('birds.mp4'));
      await person.waitFor(id, 'completed');
      const stopping = performance.now();
      expect(await system.stop()).toBe(0);
      expect(performance.now() - stopping).toBeLessThan(20_000);
    } finally {
      await system.remove();
    }
  }
  expect(collector.spans).toEqual([]);
});
