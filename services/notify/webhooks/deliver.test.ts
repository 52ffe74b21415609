import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../../../test/support/eventually.ts';
import { startReceiver, type Receiver, type Respond } from '../../../test/support/webhook-receiver.ts';
import { openWebhookBench, start } from '../../../test/support/webhooks.ts';
import { claimDelivery } from './claim.ts';
import { deliver } from './deliver.ts';
import { removeWebhook, rotateSecret } from './endpoints.ts';
import { createHostLimit } from './host-limit.ts';

const HOUR = 3_600_000;
type Bench = Awaited<ReturnType<typeof openWebhookBench>>;

describe('one attempt', () => {
  let bench: Bench;
  let receiver: Receiver;
  let personId: string;
  beforeAll(async () => {
    bench = await openWebhookBench();
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await bench.close();
    await receiver.stop();
  });
  beforeEach(async () => {
    await bench.db.models.webhook.truncate({ cascade: true });
    receiver.received.splice(0);
    receiver.respond = (res) => res.writeHead(204).end();
    bench.time.now = start;
    personId = randomUUID();
  });
  const claim = () => claimDelivery(bench.db, { failingToo: true }, bench.time.now);
  const attempt = async () => {
    const claimed = await claim();
    if (!claimed) throw new Error('Nothing was due');
    await deliver(bench.needs(), claimed);
  };
  const answer =
    (status: number, headers: Record<string, string> = {}): Respond =>
    (res) =>
      res.writeHead(status, headers).end('because');
  const tries = () => bench.db.models.notificationTry.findAll({ order: ['number'], raw: true });

  test('one host gets so much in a minute, whoever’s webhooks; the rest waits and is no failure', async () => {
    const { sequelize } = bench.db;
    const [one, other] = [createHostLimit(sequelize, 2), createHostLimit(sequelize, 2)];
    for (let n = 0; n < 4; n += 1) {
      const somebody = randomUUID();
      await bench.endpoint(somebody, receiver.url);
      await bench.tell(somebody);
    }
    const due = [await claim(), await claim(), await claim(), await claim()].filter((it) => it !== null);
    await Promise.all(
      due.map((delivery, n) => deliver(bench.needs({ hostLimit: n % 2 === 0 ? one : other }), delivery)),
    );
    expect(receiver.received).toHaveLength(2);
    const waiting = await bench.db.models.notification.findAll({
      where: { channel: 'webhook', status: 'pending' },
      raw: true,
    });
    expect(waiting.map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(await bench.db.models.webhook.count({ where: { failures: 0 } })).toBe(4);
    expect(await claim()).toBeNull();
    bench.pass(61_000);
    expect(await claim()).toMatchObject({ attempts: 1 });
  });

  test('tells what the documentation says, signed', async () => {
    // Receivers refuse what is not from now.
    bench.time.now = new Date();
    const { secret, id } = await bench.endpoint(personId, receiver.url);
    const ids = await bench.tell(personId);
    await attempt();
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    expect(headers).toMatchObject({
      'webhook-id': ids.id,
      'content-type': 'application/json; charset=utf-8',
      'user-agent': expect.stringMatching(/^video-system\/\d/),
    });
    const video = `https://frames.example.com/video/${ids.videoId}`;
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'video.processed',
      timestamp: bench.time.now.toISOString(),
      data: {
        videoId: ids.videoId,
        extractionId: ids.extractionId,
        filename: 'férias.mp4',
        frameCount: 3,
        archiveSize: 1000,
        warnings: [],
        url: video,
        downloadUrl: `${video}/download?extraction=${ids.extractionId}`,
      },
    });
    expect(await bench.deliveries(id)).toMatchObject([{ status: 'sent', attempts: 1, eventId: ids.id }]);
    expect(await bench.webhook(id)).toMatchObject({ lastDeliveryAt: bench.time.now, failingSince: null });
  });

  test('after a rotation both secrets sign, for a day', async () => {
    bench.time.now = new Date(Date.now() - 25 * HOUR);
    const { secret: old, id } = await bench.endpoint(personId, receiver.url);
    const requestId = randomUUID();
    const rotated = await rotateSecret(bench, { personId, id }, bench.time.now, requestId);
    expect(await rotateSecret(bench, { personId, id }, bench.time.now, requestId)).toEqual(rotated);
    bench.time.now = new Date(Date.now() - 2 * HOUR);
    await bench.tell(personId);
    await attempt();
    bench.time.now = new Date();
    await bench.tell(personId);
    await attempt();
    const [during, after] = receiver.received;
    expect(during?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    const verify = (secret: string) => new Webhook(secret).verify(after?.body ?? '', after?.headers ?? {});
    expect(() => verify(rotated.secret)).not.toThrow();
    expect(() => verify(old)).toThrow();
  });

  test('that fails is repeated with the same id and body, later', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.tell(personId);
    receiver.respond = answer(500);
    await attempt();
    expect(await claim()).toBeNull();
    bench.time.now = new Date(start.getTime() + 11_000);
    receiver.respond = answer(200);
    await attempt();
    const [first, second] = receiver.received;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(await tries()).toMatchObject([
      { outcome: 'failed', statusCode: 500, detail: 'because' },
      { outcome: 'sent', statusCode: 200, detail: 'because' },
    ]);
    expect(await bench.webhook(id)).toMatchObject({ failures: 0, failingSince: null });
  });

  test.each([
    [301, 'The endpoint answered 301; redirects are not followed'],
    [400, 'The endpoint answered 400'],
    [503, 'The endpoint answered 503'],
  ])('%i is a failure', async (status, lastError) => {
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.tell(personId);
    receiver.respond = answer(status, { location: receiver.url });
    await attempt();
    expect(receiver.received).toHaveLength(1);
    expect(await bench.deliveries(id)).toMatchObject([{ status: 'pending', attempts: 1, lastError }]);
    expect(await bench.webhook(id)).toMatchObject({ failures: 1, failingSince: start });
  });

  test('Retry-After holds back this delivery and all others to the endpoint', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.tell(personId);
    receiver.respond = answer(429, { 'retry-after': '300' });
    await attempt();
    await bench.tell(personId);
    const freeAt = new Date(start.getTime() + 300_000);
    expect(await bench.webhook(id)).toMatchObject({ freeAt });
    bench.time.now = new Date(freeAt.getTime() - 1);
    expect(await claim()).toBeNull();
    bench.time.now = freeAt;
    expect(await claim()).not.toBeNull();
  });

  test('410 switches the endpoint off at once, ends what waits, and its person is told once', async () => {
    const { id } = await bench.endpoint(personId, `${receiver.url}?token=secret`);
    const other = await bench.endpoint(personId, receiver.url, ['security.webhook_disabled']);
    await bench.tell(personId);
    await bench.tell(personId);
    receiver.respond = answer(410);
    await attempt();
    expect(await bench.webhook(id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect((await bench.deliveries(id)).map(({ status }) => status)).toEqual(['failed', 'failed']);
    const kind = 'security.webhook_disabled';
    const notices = await bench.db.models.notification.findAll({ where: { personId, kind }, raw: true });
    expect(notices.map(({ channel }) => channel).sort()).toEqual(['email', 'inapp', 'webhook']);
    expect(notices[0]?.payload).toMatchObject({ name: receiver.url, at: start.toISOString() });
    expect(await bench.deliveries(other.id)).toHaveLength(1);
    await bench.tell(personId);
    expect(await bench.deliveries(id)).toHaveLength(2);
  });

  test('failing for 72 hours switches the endpoint off; one success begins the count anew', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    receiver.respond = answer(500);
    const fail = async (hours: number) => {
      await bench.tell(personId);
      for (; hours > 0; hours -= 6) {
        await attempt();
        bench.time.now = new Date(bench.time.now.getTime() + 6 * HOUR);
        await bench.tell(personId);
      }
    };
    await fail(72);
    receiver.respond = answer(200);
    await attempt();
    receiver.respond = answer(500);
    await fail(72);
    expect(await bench.webhook(id)).toMatchObject({ enabled: true, failures: 12 });
    await attempt();
    expect(await bench.webhook(id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
  });

  test('a secret that the key does not open is a failure that waits for the right key', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.db.models.webhook.update({ secret: Buffer.alloc(60) }, { where: { id } });
    await bench.tell(personId);
    await attempt();
    expect(receiver.received).toEqual([]);
    expect(await bench.deliveries(id)).toMatchObject([{ status: 'pending', attempts: 1 }]);
  });
});

describe('replicas', () => {
  let bench: Bench;
  let receiver: Receiver;
  const personId = randomUUID();
  beforeAll(async () => {
    bench = await openWebhookBench();
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await bench.close();
    await receiver.stop();
  });
  beforeEach(async () => {
    await bench.db.models.webhook.truncate({ cascade: true });
    receiver.received.splice(0);
    receiver.respond = (res) => res.writeHead(204).end();
    bench.time.now = start;
  });
  afterEach(() => bench.stopReplicas());
  const ended = (id: string, count: number) =>
    eventually(
      async () => (await bench.deliveries(id)).filter(({ status }) => status === 'sent').length === count,
      `${count} deliveries`,
    );

  test('two make each of 40 deliveries once, however often the event comes, one at a time to each endpoint', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    let atOnce = 0;
    let most = 0;
    receiver.respond = (res) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      setImmediate(() => {
        atOnce -= 1;
        res.writeHead(200).end();
      });
    };
    const events = Array.from({ length: 40 }, () => randomUUID());
    for (const event of events) await bench.tell(personId, event);
    for (const event of events) await bench.tell(personId, event);
    bench.replica();
    bench.replica();
    await ended(id, 40);
    const told = receiver.received.map(({ headers }) => headers['webhook-id'] ?? '');
    expect(told.sort()).toEqual(events.sort());
    expect(most).toBe(1);
  });

  test('endpoints that never answer take half of the slots at most', async () => {
    const silent = await startReceiver();
    silent.respond = () => undefined;
    for (let count = 0; count < 40; count += 1) {
      const someone = randomUUID();
      await bench.endpoint(someone, silent.url);
      await bench.tell(someone);
    }
    await bench.db.models.webhook.update({ failures: 1, failingSince: start }, { where: {} });
    const loop = bench.replica({ timeoutMs: 30_000 });
    await eventually(() => silent.received.length === 32, 'half of the slots to be taken');
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.tell(personId);
    loop.kick();
    await ended(id, 1);
    expect(silent.received).toHaveLength(32);
    await silent.stop();
  });

  test('a delivery whose replica dies is made again after the lease, with the same id', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    const { id: eventId } = await bench.tell(personId);
    const late = await claimDelivery(bench.db, { failingToo: true }, start);
    bench.replica();
    bench.pass(59_999);
    expect(await claimDelivery(bench.db, { failingToo: true }, bench.time.now)).toBeNull();
    bench.pass(1);
    await ended(id, 1);
    // The dead one was only asleep.
    receiver.respond = (res) => res.writeHead(500).end();
    if (late) await deliver(bench.needs(), late);
    expect(await bench.deliveries(id)).toMatchObject([{ status: 'sent', attempts: 2 }]);
    expect(await bench.webhook(id)).toMatchObject({ failures: 0 });
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId]);
  });

  test('an endpoint that is removed while it is told takes its deliveries along', async () => {
    const { id } = await bench.endpoint(personId, receiver.url);
    await bench.tell(personId);
    const told = Promise.withResolvers<undefined>();
    receiver.respond = (res) => {
      const own = { personId, id };
      void removeWebhook(bench.db, own, start, randomUUID()).then(() => {
        res.end();
        told.resolve(undefined);
      });
    };
    bench.replica();
    await told.promise;
    await bench.stopReplicas();
    expect(await bench.deliveries(id)).toEqual([]);
  });
});
