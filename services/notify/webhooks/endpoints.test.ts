import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { webhookChanges, webhookFields } from '../../../lib/webhooks.ts';
import { openWebhookBench, start } from '../../../test/support/webhooks.ts';
import { claimDelivery } from './claim.ts';
import { forgetDeliveries, replayDelivery, testWebhook } from './deliveries.ts';
import { listDeliveries } from './delivery-log.ts';
import { changeWebhook, createWebhook, listWebhooks, removeWebhook, rotateSecret } from './endpoints.ts';
import { settleDelivery } from './settle.ts';

const URL_ = 'http://127.0.0.1:1/hook';
const later = (ms: number) => new Date(start.getTime() + ms);

describe('webhooks', () => {
  let bench: Awaited<ReturnType<typeof openWebhookBench>>;
  let personId: string;
  beforeAll(async () => {
    bench = await openWebhookBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    await bench.db.models.webhook.truncate({ cascade: true });
    personId = randomUUID();
  });
  const made = async () => ({ personId, id: (await bench.endpoint(personId, URL_)).id });
  const end = async (outcome: 'sent' | 'failed') => {
    const claimed = await claimDelivery(bench.db, { failingToo: true }, start);
    if (!claimed) throw new Error('Nothing was due');
    const ended =
      outcome === 'sent'
        ? ({ kind: 'sent', recipient: URL_, statusCode: 200, detail: 'ok' } as const)
        : ({ kind: 'refused', reason: 'No answer' } as const);
    await settleDelivery(bench.db, claimed, { outcome: ended, retryAfterMs: null }, later(5), start);
    return claimed;
  };

  test('a request that comes twice makes one, with the same secret', async () => {
    const requestId = randomUUID();
    const make = () =>
      createWebhook(bench, { personId, url: URL_, kinds: ['video.failed'] }, start, requestId);
    const [first, second] = await Promise.all([make(), make()]);
    expect(second).toEqual(first);
    const { secret, ...shown } = first;
    expect(await listWebhooks(bench.db, { personId })).toEqual({ items: [shown] });
    expect(shown).toEqual({
      id: requestId,
      url: URL_,
      kinds: ['video.failed'],
      enabled: true,
      disabledReason: null,
      createdAt: start.toISOString(),
      lastDeliveryAt: null,
      failingSince: null,
    });
    const { secret: kept } = await bench.webhook(requestId);
    expect(kept.includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false);
  });

  test('of twelve made at once, ten are', async () => {
    const all = await Promise.allSettled(Array.from({ length: 12 }, made));
    const refused = all.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { type: string }).type)).toEqual([
      'too_many_webhooks',
      'too_many_webhooks',
    ]);
    expect((await listWebhooks(bench.db, { personId })).items).toHaveLength(10);
  });

  test('an endpoint is told of the kinds it subscribes to, and of no letter', async () => {
    await bench.endpoint(personId, URL_, ['video.failed']);
    const { id } = await bench.endpoint(personId, URL_, ['video.processed']);
    await bench.endpoint(randomUUID(), URL_);
    await bench.tell(personId);
    const where = { channel: 'webhook' };
    const rows = await bench.db.models.notification.findAll({ where, raw: true });
    expect(rows).toMatchObject([{ endpointId: id, kind: 'video.processed', status: 'pending' }]);
    const kinds = ['account.reset'];
    expect(webhookFields.safeParse({ url: URL_, kinds }).success).toBe(false);
  });

  test('another person’s webhook, and what is no id, are not found', async () => {
    const own = await made();
    for (const foreign of [
      { ...own, personId: randomUUID() },
      { personId, id: randomUUID() },
      { personId, id: 'x' },
    ]) {
      const request = [start, randomUUID()] as const;
      const calls = [
        () => changeWebhook(bench, { ...foreign, enabled: false }, ...request),
        () => removeWebhook(bench.db, foreign, ...request),
        () => rotateSecret(bench, foreign, ...request),
        () => testWebhook(bench.db, foreign, ...request),
        () => listDeliveries(bench.db, { ...foreign, limit: 20 }),
        () => replayDelivery(bench.db, { ...foreign, deliveryId: randomUUID() }, ...request),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ type: 'not_found' });
    }
    expect((await listWebhooks(bench.db, own)).items).toHaveLength(1);
  });

  test('one that is switched off gets nothing, and what waited is ended; switched on again, it begins anew', async () => {
    const own = await made();
    await bench.tell(personId);
    const off = await changeWebhook(bench, { ...own, enabled: false }, start, randomUUID());
    expect(off).toMatchObject({ enabled: false, disabledReason: null });
    expect(await bench.deliveries(own.id)).toMatchObject([{ status: 'failed' }]);
    await expect(testWebhook(bench.db, own, start, randomUUID())).rejects.toMatchObject({
      type: 'invalid_state',
    });
    await bench.db.models.webhook.update({ failures: 3, failingSince: start }, { where: { id: own.id } });
    const on = await changeWebhook(bench, { ...own, enabled: true }, start, randomUUID());
    expect(on).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });

  test('a change that comes again after a later one changes nothing', async () => {
    const own = await made();
    const requestId = randomUUID();
    await changeWebhook(bench, { ...own, kinds: ['video.failed'] }, start, requestId);
    await changeWebhook(bench, { ...own, kinds: ['quota.nearly_used'] }, start, randomUUID());
    const again = await changeWebhook(bench, { ...own, kinds: ['video.failed'] }, start, requestId);
    expect(again.kinds).toEqual(['quota.nearly_used']);
    await removeWebhook(bench.db, own, start, randomUUID());
    expect((await listWebhooks(bench.db, { personId })).items).toEqual([]);
  });

  test('a changed URL is judged like a new one', async () => {
    const own = await made();
    const change = (url: string) => changeWebhook(bench, { ...own, url }, start, randomUUID());
    await expect(change('http://10.0.0.1/')).rejects.toMatchObject({ type: 'forbidden_target' });
    expect(await change('http://127.0.0.2/')).toMatchObject({ url: 'http://127.0.0.2/' });
  });

  test('a test is made once, and not tried again', async () => {
    const own = await made();
    const requestId = randomUUID();
    const one = await testWebhook(bench.db, own, start, requestId);
    expect(await testWebhook(bench.db, own, start, requestId)).toEqual(one);
    const claimed = await claimDelivery(bench.db, { failingToo: true }, start);
    const outcome = { kind: 'failed', reason: 'No answer' } as const;
    if (claimed) await settleDelivery(bench.db, claimed, { outcome, retryAfterMs: null }, start, start);
    expect(await bench.deliveries(own.id)).toMatchObject([
      { kind: 'webhook.test', status: 'failed', attempts: 1 },
    ]);
    for (let more = 1; more < 10; more += 1) await testWebhook(bench.db, own, start, randomUUID());
    await expect(testWebhook(bench.db, own, later(59_999), randomUUID())).rejects.toMatchObject({
      type: 'too_many_requests',
    });
    await testWebhook(bench.db, own, later(60_001), randomUUID());
  });

  test('a delivery that has ended can be replayed, with all attempts anew', async () => {
    const own = await made();
    await bench.tell(personId);
    const [waiting] = await bench.deliveries(own.id);
    const replay = (requestId: string = randomUUID(), deliveryId = waiting?.id ?? '') =>
      replayDelivery(bench.db, { ...own, deliveryId }, later(10), requestId);
    await expect(replay()).rejects.toMatchObject({ type: 'invalid_state' });
    await end('sent');
    const requestId = randomUUID();
    await replay(requestId);
    await replay(requestId);
    await expect(replay()).rejects.toMatchObject({ type: 'invalid_state' });
    await expect(replay(randomUUID(), randomUUID())).rejects.toMatchObject({ type: 'not_found' });
    const again = await claimDelivery(bench.db, { failingToo: true }, later(10));
    expect(again).toMatchObject({ eventId: waiting?.eventId, attempts: 2, attemptsBefore: 1 });
  });

  test('the log has every delivery with every attempt, in pages; after a month they are forgotten', async () => {
    const own = await made();
    await bench.tell(personId);
    await end('failed');
    await bench.db.models.webhook.update({ freeAt: start }, { where: {} });
    await bench.tell(personId);
    await end('sent');
    await bench.tell(personId);
    const page = (cursor?: string) =>
      listDeliveries(bench.db, { ...own, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    const first = await page();
    const second = await page(first.nextCursor ?? '');
    expect(second.nextCursor).toBeNull();
    const items = [...first.items, ...second.items];
    expect(items.map(({ status }) => status).sort()).toEqual(['delivered', 'failed', 'pending']);
    const triesOf = (status: string) => items.find((item) => item.status === status)?.tries;
    const at = start.toISOString();
    expect(triesOf('delivered')).toEqual([
      { at, statusCode: 200, response: 'ok', error: null, durationMs: 5 },
    ]);
    expect(triesOf('failed')).toEqual([
      { at, statusCode: null, response: null, error: 'No answer', durationMs: 5 },
    ]);
    await expect(page('x')).rejects.toMatchObject({ type: 'validation_failed' });
    await forgetDeliveries(bench.db, later(31 * 86_400_000));
    expect(await bench.deliveries(own.id)).toMatchObject([{ status: 'pending' }]);
  });
});

test.each([
  ['ftp://example.com/'],
  ['example.com'],
  ['https://user:password@example.com/'],
  ['https://example.com/#part'],
  [`https://example.com/${'x'.repeat(2000)}`],
])('%s is no target', (url) => {
  expect(webhookChanges.safeParse({ url }).success).toBe(false);
});
