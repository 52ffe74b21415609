import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { DeliveryJson, WebhookJson } from '../../lib/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

type Created = WebhookJson & { secret: string };

let system: System;
let receiver: Receiver;
let person: ApiPerson;
beforeAll(async () => {
  receiver = await startReceiver();
  system = await startSystem({
    env: { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' },
  });
  person = await registerPerson(system.url);
});
afterAll(async () => {
  await system.remove();
  await receiver.stop();
});

const create = (url: string, kinds: string[]) => person.fetch('/me/webhooks', json({ url, kinds }));
const deliveriesOf = async (id: string) =>
  (await (await person.fetch(`/me/webhooks/${id}/deliveries`)).json()) as {
    items: DeliveryJson[];
    nextCursor: null;
  };
const told = (count: number) =>
  eventually(() => receiver.received.length >= count && receiver.received, `${count} messages`);

test('from the subscription to the outcome of a video, its log, a replay, and the end', async () => {
  const response = await create(receiver.url, ['video.failed']);
  expect(response.status).toBe(201);
  const { secret, ...webhook } = (await response.json()) as Created;
  const path = `/me/webhooks/${webhook.id}`;
  expect(await (await person.fetch('/me/webhooks')).json()).toEqual({ items: [webhook] });

  const tested = await person.fetch(`${path}/test`, { method: 'POST' });
  expect(tested.status).toBe(202);
  await told(1);

  const video = await person.upload(Buffer.from('This is no video. '.repeat(100)), { filename: 'a.mp4' });
  const [ping, outcome] = await told(2);
  const verify = ({ headers, body } = { headers: {}, body: '' }, key = secret) =>
    new Webhook(key).verify(body, headers);
  expect(verify(ping)).toMatchObject({ type: 'webhook.test', data: {} });
  expect(verify(outcome)).toMatchObject({
    type: 'video.failed',
    data: {
      videoId: video.id,
      filename: 'a.mp4',
      code: 'not_a_video',
      message: 'The file is not a video that we can read.',
      url: `${system.url}/video/${video.id}`,
    },
  });

  const guide = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
  const [, example = ''] = /^POST .*\n((?:[\w-]+: .*\n)+)/m.exec(guide) ?? [];
  const [, fields = ''] = /^\| `video\.failed` +\|(.*)\|$/m.exec(guide) ?? [];
  expect(Object.keys(outcome?.headers ?? {})).toEqual(
    expect.arrayContaining(Array.from(example.matchAll(/^[\w-]+/gm), ([name]) => name)),
  );
  const { data } = JSON.parse(outcome?.body ?? '') as { data: object };
  expect(Array.from(fields.matchAll(/`(\w+)`/g), ([, name]) => name).sort()).toEqual(
    Object.keys(data).sort(),
  );

  const [delivery] = await eventually(async () => {
    const { items } = await deliveriesOf(webhook.id);
    return items.every(({ status }) => status === 'delivered') && items;
  }, 'the log to say so');
  expect(delivery).toMatchObject({ kind: 'video.failed', tries: [{ statusCode: 204, error: null }] });

  const rotated = (await (await person.fetch(`${path}/rotate`, { method: 'POST' })).json()) as {
    secret: string;
  };
  const replayed = await person.fetch(`${path}/deliveries/${delivery?.id}/replay`, { method: 'POST' });
  expect(replayed.status).toBe(202);
  const [, , again] = await told(3);
  expect(again?.headers['webhook-id']).toBe(outcome?.headers['webhook-id']);
  expect(verify(again)).toEqual(verify(again, rotated.secret));

  const off = await person.fetch(path, json({ enabled: false }, { method: 'PATCH' }));
  expect(await off.json()).toMatchObject({ enabled: false, disabledReason: null });
  expect(await problemOf(await person.fetch(`${path}/test`, { method: 'POST' }))).toEqual([
    409,
    'invalid_state',
  ]);
  expect((await person.fetch(path, { method: 'DELETE' })).status).toBe(204);
  expect(await problemOf(await person.fetch(`${path}/deliveries`))).toEqual([404, 'not_found']);
});

test('targets that are not allowed, faulty input, and callers without a login are refused', async () => {
  for (const url of ['http://127.0.0.2/', 'http://169.254.169.254/latest', 'https://[::1]/'])
    expect(await problemOf(await create(url, ['video.failed']))).toEqual([422, 'forbidden_target']);
  for (const [url, kinds] of [
    ['ftp://127.0.0.1/', ['video.failed']],
    [receiver.url, []],
    [receiver.url, ['account.reset']],
    ['https://does-not-exist.invalid/', ['video.failed']],
  ] as const)
    expect(await problemOf(await create(url, [...kinds]))).toEqual([422, 'validation_failed']);
  expect(await problemOf(await fetch(`${system.url}/me/webhooks`))).toEqual([401, 'unauthorized']);
});
