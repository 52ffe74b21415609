import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { openMailer } from './index.ts';
import { isRefusal, type Mailer } from './mailer.ts';
import { mailerContract } from './mailer.contract.ts';
import { parseSender } from './message.ts';
import { createSmtpMailer } from './smtp.ts';
import { refusal, startTestServer, type TestServer } from '../../test/support/smtp-server.ts';

const from = 'Frames <frames@example.com>';

mailerContract('An SMTP server', async () => {
  const server = await startTestServer();
  const mailer = openMailer({ url: server.url, from });
  return {
    mailer,
    received: () => Promise.resolve(server.received.map(({ mail }) => mail)),
    close: async () => {
      mailer.close();
      await server.stop();
    },
  };
});

describe('SMTP', () => {
  const open: { close: () => void }[] = [];
  const servers: TestServer[] = [];
  afterEach(async () => {
    for (const mailer of open.splice(0)) mailer.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });
  const start = async (...args: Parameters<typeof startTestServer>) => {
    const server = await startTestServer(...args);
    servers.push(server);
    return server;
  };
  const connect = (mailer: Mailer) => {
    open.push(mailer);
    return mailer;
  };
  const to = (address: string) => ({ id: randomUUID(), to: address, subject: 'Hi', text: 'Hi', html: 'Hi' });
  const outcome = (mailer: Mailer, address: string) =>
    mailer.send(to(address)).then(
      () => 'sent',
      (error: unknown) => (isRefusal(error) ? 'refused' : 'later'),
    );

  test('a 550 is a refusal, a 451 is not, and the next mail goes out', async () => {
    const server = await start({ 'gone@example.com': 550, 'busy@example.com': 451 });
    const mailer = connect(openMailer({ url: server.url, from }));
    expect(await outcome(mailer, 'gone@example.com')).toBe('refused');
    expect(await outcome(mailer, 'busy@example.com')).toBe('later');
    expect(await outcome(mailer, 'ana@example.com')).toBe('sent');
    expect(server.received.map(({ recipients }) => recipients)).toEqual([['ana@example.com']]);
  });

  test.each([
    ['550 No such mailbox', true],
    ['550 5.1.1 No such mailbox', true],
    ['552 5.2.2 Mailbox full', true],
    ['550 5.7.1 Blocked by policy', false],
  ])('“%s” to a recipient: about the mailbox is %s', async (reply, expected) => {
    const [responseCode, ...message] = reply.split(' ');
    const refuse: SMTPServerOptions['onRcptTo'] = (_address, _session, callback) =>
      callback(Object.assign(new Error(message.join(' ')), { responseCode: Number(responseCode) }));
    const server = await start({}, { onRcptTo: refuse });
    const mailer = connect(openMailer({ url: server.url, from }));
    const error: unknown = await mailer.send(to('ana@example.com')).catch((reason: unknown) => reason);
    expect(isRefusal(error) && error.isAboutRecipient).toBe(expected);
  });

  test('a message that is refused after it was transmitted is a refusal', async () => {
    const server = await start({ 'ana@example.com': () => Promise.reject(refusal(554)) });
    expect(await outcome(connect(openMailer({ url: server.url, from })), 'ana@example.com')).toBe('refused');
  });

  test.each([
    [
      'a sender that is refused',
      { onMailFrom: (_a: unknown, _s: unknown, done: (e: Error) => void) => done(refusal(553)) },
    ],
    [
      'a login that is refused',
      { onAuth: (_a: unknown, _s: unknown, done: (e: Error) => void) => done(refusal(535)) },
    ],
  ])('%s may be mended, so the mail is not given up', async (_name, options) => {
    const server = await start({}, { ...options, allowInsecureAuth: true });
    const url = `${server.url.replace('smtp://', 'smtp://user:secret@')}?requireTLS=false`;
    expect(await outcome(connect(openMailer({ url, from })), 'ana@example.com')).toBe('later');
  });

  test('the user and the password of the URL are used', async () => {
    const seen: unknown[] = [];
    const server = await start(
      {},
      {
        allowInsecureAuth: true,
        authOptional: false,
        onAuth: ({ username, password }, _session, done) => {
          seen.push({ username, password });
          done(null, { user: username });
        },
      },
    );
    const url = `${server.url.replace('smtp://', 'smtp://post%40example.com:p%3Ass@')}?requireTLS=false`;
    const mailer = connect(openMailer({ url, from }));
    await mailer.ping();
    expect(await outcome(mailer, 'ana@example.com')).toBe('sent');
    expect(seen).toEqual(Array(2).fill({ username: 'post@example.com', password: 'p:ss' }));
  });

  test.each(['requiretls=true', 'requireTLS=yes', 'tls.rejectUnauthorized=false'])(
    'the parameter %s is told, not passed over',
    (parameter) => {
      expect(() => openMailer({ url: `smtp://mail.example?${parameter}`, from })).toThrow(
        'MAIL_URL has faults in its parameters',
      );
    },
  );

  test('smtps speaks TLS from the start: a server that doesn’t gets nothing', async () => {
    const server = await start();
    const mailer = connect(openMailer({ url: server.url.replace('smtp:', 'smtps:'), from }));
    await expect(mailer.ping()).rejects.toThrow(
      /^MAIL_URL: TLS is demanded, and the server does not speak it/,
    );
    expect(await outcome(mailer, 'ana@example.com')).toBe('later');
    expect(server.received).toEqual([]);
  });

  test('a server that goes away and comes back gets the next mail', async () => {
    const first = await startTestServer();
    const mailer = connect(openMailer({ url: first.url, from }));
    expect(await outcome(mailer, 'ana@example.com')).toBe('sent');
    await first.stop();
    await expect(mailer.ping()).rejects.toThrow();
    expect(await outcome(mailer, 'ana@example.com')).toBe('later');
    const second = await start({}, { port: Number(new URL(first.url).port) });
    expect(await outcome(mailer, 'ana@example.com')).toBe('sent');
    expect(second.received).toHaveLength(1);
  });

  test('a server that never greets and one that never confirms are given up in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const stuck = await start({ 'ana@example.com': () => new Promise(() => undefined) });
    const patience = { connectMs: 200, silenceMs: 10_000, mailMs: 400 };
    for (const url of [`smtp://127.0.0.1:${port}`, stuck.url]) {
      expect(
        await outcome(connect(createSmtpMailer(url, parseSender(from), patience)), 'ana@example.com'),
      ).toBe('later');
    }
    silent.close();
  });

  test('closing ends a mail that is on its way, and it may be sent later', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const never = () => {
      arrived.resolve(undefined);
      return new Promise<void>(() => undefined);
    };
    const server = await start({ 'ana@example.com': never });
    const mailer = openMailer({ url: server.url, from });
    const sending = outcome(mailer, 'ana@example.com');
    await arrived.promise;
    mailer.close();
    expect(await sending).toBe('later');
  });
});
