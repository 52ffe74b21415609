import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import type { Person } from '../../lib/contracts.ts';
import { createDatabase, migrate } from '../../lib/database.ts';
import { ProblemError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openMailer } from '../../lib/mail/index.ts';
import type { Mailer } from '../../lib/mail/mailer.ts';
import { startTestServer, type Rules, type TestServer } from '../../test/support/smtp-server.ts';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { createMailLimits } from './mail-limits.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { claimDue, noticeOf, recordNotice, recordRequest } from './notifications.ts';
import { sendDue, type SenderNeeds } from './sender.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const running = new AbortController().signal;
type Reader = Pick<Person, 'email' | 'name' | 'locale'> & Partial<Pick<Person, 'emailVerified'>>;

/** Several replicas of the service on one database and one mail server. */
describe('sending', () => {
  let databaseUrl: string;
  let server: TestServer;
  let people: Map<string, Reader>;
  let now: Date;
  const open: { sequelize: Sequelize; mailer: Mailer }[] = [];

  const replica = (more: Partial<SenderNeeds> = {}): SenderNeeds => {
    const sequelize = createDatabase(databaseUrl);
    const mailer = openMailer({ url: server.url, from: 'Frames <frames@example.com>' });
    open.push({ sequelize, mailer });
    return {
      db: { sequelize, models: defineModels(sequelize) },
      mailer,
      limits: createMailLimits(sequelize, 3),
      person: (id) => {
        const found = people.get(id);
        return found
          ? Promise.resolve({ emailVerified: true, ...found })
          : Promise.reject(new ProblemError('not_found'));
      },
      publicUrl: 'https://frames.example.com',
      letterToken: () => Promise.reject(new ProblemError('not_found')),
      createLink: () => Promise.reject(new ProblemError('not_found')),
      thumbnail: () => Promise.resolve(null),
      unsubscribeToken: ({ kind }) => Promise.resolve(`token-for-${kind}`),
      logger: silentLogger,
      clock: () => now,
      ...more,
    };
  };

  const startServer = async (rules: Rules) => {
    await server.stop();
    server = await startTestServer(rules, { port: Number(new URL(server.url).port) });
  };

  beforeEach(async () => {
    databaseUrl = await emptyDatabaseUrl();
    server = await startTestServer();
    people = new Map();
    now = start;
    const sequelize = createDatabase(databaseUrl);
    await migrate(sequelize, migrations, silentLogger);
    await sequelize.close();
  });
  afterEach(async () => {
    for (const { sequelize, mailer } of open.splice(0)) {
      mailer.close();
      await sequelize.close();
    }
    await server.stop();
  });

  test('a database that goes away while a mail is on its way costs no second mail', async () => {
    const needs = replica();
    const { sequelize } = needs.db;
    const personId = randomUUID();
    people.set(personId, ana);
    await recordNotice(needs.db, noticeOf('video.processed', processed(personId)), now);
    const send: Mailer['send'] = async (mail) => {
      await needs.mailer.send(mail);
      await sequelize.query('ALTER TABLE notifications RENAME TO away');
    };
    const warn = () => void sequelize.query('ALTER TABLE IF EXISTS away RENAME TO notifications');
    const interrupted = { ...needs, mailer: { ...needs.mailer, send }, logger: { ...silentLogger, warn } };
    await sendDue(interrupted, running);
    now = new Date(start.getTime() + 3600_000);
    await sendDue(replica(), running);
    expect(server.received).toHaveLength(1);
  });

  const ana: Reader = { email: 'ana@example.com', name: 'Ana', locale: 'en' };
  const processed = (personId: string) => ({
    id: randomUUID(),
    videoId: randomUUID(),
    extractionId: randomUUID(),
    personId,
    filename: 'a.mp4',
    frameCount: 3,
    archiveSize: 1000,
    warnings: [],
  });
  const tell = async ({ db }: SenderNeeds, person: Reader) => {
    const message = processed(randomUUID());
    people.set(message.personId, person);
    await recordNotice(db, noticeOf('video.processed', message), now);
    return message;
  };
  const only = ({ db }: SenderNeeds) =>
    db.models.notification.findOne({ where: { channel: 'email' }, rejectOnEmpty: true, raw: true });
  const message = (to: string) => ({ to, template: 'message', data: { subject: 'Hi', text: 'Hi' } }) as const;

  test('a person gets a mail in their language, once', async () => {
    const one = replica();
    await tell(one, { email: 'joao@example.com', name: 'João', locale: 'pt-BR' });
    await sendDue(one, running);
    await sendDue(one, running);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.recipients).toEqual(['joao@example.com']);
    expect(server.received[0]?.mail.subject).toBe('Seus quadros estão prontos: a.mp4');
    const row = await only(one);
    expect(row).toMatchObject({ status: 'sent', recipient: 'joao@example.com', attempts: 1, sentAt: start });
    expect(server.received[0]?.mail.messageId).toBe(`<${row.id}@example.com>`);
  });

  test('two replicas send each of 50 notifications once', async () => {
    const replicas = [replica(), replica()];
    const [first] = replicas as [SenderNeeds];
    await Promise.all(
      Array.from({ length: 50 }, () => recordRequest(first.db, message('ana@example.com'), now)),
    );
    await Promise.all(replicas.flatMap((each) => [sendDue(each, running), sendDue(each, running)]));
    expect(server.received).toHaveLength(50);
    expect(new Set(server.received.map(({ mail }) => mail.messageId)).size).toBe(50);
    expect(await first.db.models.notification.count({ where: { status: 'sent', attempts: 1 } })).toBe(50);
  });

  test('an address that nobody has verified gets so many mails a day, from all replicas', async () => {
    const replicas = [replica(), replica()] as const;
    for (let n = 0; n < 6; n += 1) await tell(replicas[0], { ...ana, emailVerified: n > 4 });
    await Promise.all(replicas.map((each) => sendDue(each, running)));
    expect(server.received).toHaveLength(3 + 1);
    const refused = await replicas[0].db.models.notification.findAll({
      where: { channel: 'email', status: 'failed' },
      raw: true,
    });
    expect(refused.map(({ lastError }) => lastError)).toEqual(
      Array(2).fill('The address is not verified, and has got enough mail for a day'),
    );
  });

  test('farewells to one address, and what an account’s keys cause, end after twenty a day', async () => {
    const one = replica();
    const farewell = () =>
      ({ eventId: randomUUID(), personId: randomUUID(), data: {}, locale: 'en' }) as const;
    for (let n = 0; n < 25; n += 1) {
      await recordNotice(one.db, { ...farewell(), kind: 'account.deleted', to: 'Victim@example.com' }, now);
    }
    await sendDue(one, running);
    expect(server.received).toHaveLength(20);
    await recordRequest(one.db, message('victim@example.com'), now);
    await sendDue(one, running);
    expect(server.received).toHaveLength(21);
  });

  test('a person who is gone gets nothing, and it is not tried again', async () => {
    const one = replica();
    await recordNotice(one.db, noticeOf('video.processed', processed(randomUUID())), now);
    await sendDue(one, running);
    expect(await only(one)).toMatchObject({ status: 'failed', attempts: 1, lastError: 'The person is gone' });
    expect(server.received).toHaveLength(0);
  });

  test('while people can’t be looked up, mail waits', async () => {
    const one = replica({ person: () => Promise.reject(new ProblemError('unavailable')) });
    await tell(one, ana);
    await sendDue(one, running);
    expect(await only(one)).toMatchObject({ status: 'pending', attempts: 1 });
  });

  test('550 is given up at once, 451 is tried again, and neither holds up the others', async () => {
    await startServer({ 'gone@example.com': 550, 'busy@example.com': 451 });
    const one = replica();
    for (const name of ['gone', 'busy', 'ana'])
      await recordRequest(one.db, message(`${name}@example.com`), now);
    await sendDue(one, running);
    const rows = await one.db.models.notification.findAll({ order: ['recipient'], raw: true });
    expect(rows).toMatchObject([
      { recipient: 'ana@example.com', status: 'sent' },
      { recipient: 'busy@example.com', status: 'pending', lastError: expect.stringContaining('451') },
      { recipient: 'gone@example.com', status: 'failed', lastError: expect.stringContaining('550') },
    ]);
    await startServer({});
    now = new Date(start.getTime() + 10_000);
    await sendDue(one, running);
    expect(server.received.map(({ recipients }) => recipients)).toEqual([['busy@example.com']]);
  });

  test('a server that is down and comes back gets what waited', async () => {
    const one = replica();
    await tell(one, ana);
    await server.stop();
    await sendDue(one, running);
    expect(await only(one)).toMatchObject({
      status: 'pending',
      lastError: expect.stringContaining('ECONNREFUSED'),
    });
    await startServer({});
    await sendDue(one, running);
    expect(server.received).toHaveLength(0);
    now = new Date(start.getTime() + 10_000);
    await sendDue(one, running);
    expect(server.received).toHaveLength(1);
    expect(await only(one)).toMatchObject({ status: 'sent', attempts: 2, lastError: null });
  });

  test('a sender that died between claiming and marking is replaced when its lease runs out', async () => {
    const one = replica();
    await tell(one, ana);
    await claimDue(one.db, 'email', 30_000, now);
    await sendDue(one, running);
    expect(server.received).toHaveLength(0);
    now = new Date(start.getTime() + 30_000);
    await sendDue(replica(), running);
    expect(server.received).toHaveLength(1);
    expect(await only(one)).toMatchObject({ status: 'sent', attempts: 2 });
  });

  test('a mail that takes longer than a lease is still sent by one sender only', async () => {
    const confirming = Promise.withResolvers<undefined>();
    await startServer({ 'ana@example.com': () => confirming.promise });
    const wallClock = { leaseMs: 2000, clock: () => new Date() };
    const [slow, other] = [replica(wallClock), replica(wallClock)];
    now = new Date();
    await tell(slow, ana);
    const sending = sendDue(slow, running);
    const firstLeaseEnd = Date.now() + 2000;
    while (Date.now() <= firstLeaseEnd) await sendDue(other, running);
    confirming.resolve(undefined);
    await sending;
    expect(server.received).toHaveLength(1);
    expect(await only(slow)).toMatchObject({ status: 'sent', attempts: 1 });
  });

  test('a stopped sender finishes the mail in hand and takes no other', async () => {
    const stopping = new AbortController();
    const stop = () => {
      stopping.abort();
      return Promise.resolve();
    };
    await startServer({ 'ana@example.com': stop });
    const one = replica();
    await tell(one, ana);
    await tell(one, ana);
    await sendDue(one, stopping.signal);
    expect(server.received).toHaveLength(1);
    expect(await one.db.models.notification.count({ where: { channel: 'email', status: 'sent' } })).toBe(1);
    expect(await one.db.models.notification.count({ where: { status: 'pending', attempts: 0 } })).toBe(1);
  });
});
