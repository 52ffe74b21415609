import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { ServiceBroker, type Context } from 'moleculer';
import { ProblemError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { version } from '../../lib/version.ts';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { eventually } from '../../test/support/eventually.ts';

const broker = new ServiceBroker({ logger: false });
const queue = sharedQueue({ amqpUrl: undefined, namespace: 'test' })(silentLogger);
const settled: string[] = [];
const linked: object[] = [];
let unsettledDeliveries = 0;
let folder = '';

/** What this service asks of the two others. */
const neighbours = [
  {
    name: 'auth',
    actions: {
      person: () => ({ email: 'joao@example.com', name: 'João', locale: 'pt-BR' }),
    },
  },
  {
    name: 'video',
    actions: {
      settle: ({ params }: Context<{ eventId: string }>) => {
        if (unsettledDeliveries > 0) {
          unsettledDeliveries -= 1;
          throw new Error('The database is away');
        }
        settled.push(params.eventId);
      },
      createLink: ({ params }: Context<{ secretSha256: string }>) => {
        linked.push(params);
        return { id: randomUUID(), expiresAt: '2026-01-02T12:00:00.000Z' };
      },
      archive: () => Promise.reject(new ProblemError('expired')),
    },
  },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notify-'));
  Object.assign(process.env, {
    DATA_DIR: folder,
    // The host is the folder of the socket, in the query; a setting must be a URL with a host in its place, too.
    NOTIFY_DATABASE_URL: (await emptyDatabaseUrl()).replace('@/', '@localhost/'),
    MAIL_URL: pathToFileURL(join(folder, 'mail')).href,
    PUBLIC_URL: 'https://frames.example.com/',
  });
  const { default: service } = await import('./notify.service.ts');
  for (const schema of [service, ...neighbours]) broker.createService(schema);
  await broker.start();
});
afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  settled.splice(0);
  await rm(join(folder, 'mail'), { recursive: true, force: true });
});

async function mails() {
  const names = (await readdir(join(folder, 'mail')).catch(() => [])).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map(async (name) => simpleParser(await readFile(join(folder, 'mail', name)))));
}

const arrived = (count: number) =>
  eventually(async () => {
    const all = await mails();
    return all.length >= count && all;
  }, `${count} mails`);

const ids = () => ({
  id: randomUUID(),
  videoId: randomUUID(),
  extractionId: randomUUID(),
  personId: randomUUID(),
});

describe('the notify service', () => {
  test('tells a person that the frames are ready, once, and settles each delivery', async () => {
    const content = { filename: 'férias.mp4', frameCount: 3, archiveSize: 5000, warnings: [] };
    const event = { ...ids(), ...content };
    for (let times = 0; times < 10; times += 1) await queue.publish('video.processed', event);
    await eventually(() => settled.length === 10, 'every delivery to be settled');
    const [mail] = await arrived(1);
    expect(mail?.subject).toBe('Seus quadros estão prontos: férias.mp4');
    expect(mail?.text).toContain(`https://frames.example.com/#/video/${event.videoId}`);
    expect(new Set(settled)).toEqual(new Set([event.id]));
    const [, secret] = /https:\/\/frames\.example\.com\/links\/([\w-]{43})/.exec(mail?.text ?? '') ?? [];
    expect(linked).toEqual([
      {
        personId: event.personId,
        id: event.videoId,
        extractionId: event.extractionId,
        secretSha256: createHash('sha256').update(String(secret)).digest('hex'),
        expiresSeconds: 86_400,
      },
    ]);
    const list = mail?.headers.get('list') as unknown as { unsubscribe: { url: string } };
    expect(list.unsubscribe.url).toMatch(/^https:\/\/frames\.example\.com\/unsubscribe\//);

    await broker.call('notify.send', {
      to: 'ana@example.com',
      template: 'message',
      data: { subject: 'After it', text: 'Hi' },
    });
    expect(await arrived(2)).toHaveLength(2);
  });

  test('tells a person that there are no frames, though the event could not be settled at first', async () => {
    unsettledDeliveries = 1;
    const event = { ...ids(), filename: 'a.mp4', code: 'not_a_video' };
    await queue.publish('video.failed', event);
    const [mail] = await arrived(1);
    expect(mail?.subject).toBe('Nenhum quadro do seu vídeo: a.mp4');
    expect(mail?.text).toContain('O arquivo não é um vídeo que conseguimos ler.');
    await eventually(() => settled.includes(event.id), 'the event to be settled');
    expect(await mails()).toHaveLength(1);
  });

  test('sends what it is asked to and answers with the mail’s id', async () => {
    const { id } = await broker.call<{ id: string }, object>('notify.send', {
      to: 'ana@example.com',
      template: 'message',
      data: { subject: 'News', text: 'Hello.' },
    });
    const [mail] = await arrived(1);
    expect(mail).toMatchObject({ subject: 'News', messageId: `<${id}@localhost>` });
  });

  test.each([
    [{ to: 'ana@example.com', template: 'newsletter', data: {} }, 'template'],
    [{ to: 'ana@example.com', template: 'message', data: { subject: 'News' } }, 'data.text'],
    [{ to: 'ana', template: 'message', data: { subject: 'News', text: 'Hi' } }, 'to'],
  ])('refuses %j', async (request, path) => {
    await expect(broker.call('notify.send', request)).rejects.toMatchObject({
      type: 'validation_failed',
      code: 422,
      data: { errors: [{ path }] },
    });
  });

  test('says who it is and that all is well', async () => {
    expect(await broker.call('notify.info')).toEqual({ service: 'notify', version });
    expect(await broker.call('notify.health')).toEqual({ down: [] });
  });

  test('has no actions beside these', () => {
    const { actions } = broker.getLocalService('notify').schema;
    const names = Object.entries(actions ?? {}).flatMap(([name, action]) => (action === false ? [] : [name]));
    const inApp = ['changes', 'listInApp', 'manyInApp', 'missed', 'readInApp'];
    const mail = [
      'address',
      'liftSuppression',
      'log',
      'prefer',
      'preferences',
      'unsubscribe',
      'unsubscription',
    ];
    const people = ['exportPerson', 'removePerson'];
    const webhooks = [
      'changeWebhook',
      'createWebhook',
      'listDeliveries',
      'listWebhooks',
      'removeWebhook',
      'replayDelivery',
      'rotateWebhookSecret',
      'testWebhook',
    ];
    const all = [...inApp, ...mail, ...people, ...webhooks, 'counts', 'health', 'info', 'send', 'tell'];
    expect(names.sort()).toEqual(all.sort());
  });
});
