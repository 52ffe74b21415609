import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { makeCertificates, NAME, trusting, type Certificates } from '../support/certificates.ts';
import { footage } from '../support/footage.ts';
import { registerPerson } from '../support/person.ts';
import { startServices } from '../support/service-process.ts';
import { startTestServer } from '../support/smtp-server.ts';
import { startSystem } from '../support/system.ts';
import { startTlsServers, type TlsServers } from '../support/tls-servers.ts';
import { connections, useMail } from './tls-connections.ts';

let servers: TlsServers;
let strangers: Certificates;
beforeAll(async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_REGION: 'eu-west-1',
  });
  [servers, strangers] = await Promise.all([startTlsServers(), makeCertificates()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([servers.stop(), strangers.remove()]);
});

describe.each(connections)('$name', ({ setting, plain, ...connection }) => {
  const url = () => connection.url(servers);
  const use = (to: string) => connection.use(to);
  const elsewhere = (port: number | string, host = NAME) =>
    url().replace(/localhost(:|%3A)\d+/, `${host}$1${port}`);

  test('works with a server that a trusted authority vouches for', async () => {
    await trusting(servers.certificates, () => use(url()));
  });

  test('is refused when an authority that nobody trusts vouches for the server', async () => {
    await expect(trusting(strangers, () => use(url()))).rejects.toThrow(
      `${setting}: nobody whom this process trusts vouches for the server’s certificate; NODE_EXTRA_CA_CERTS`,
    );
  });

  test('is refused when the certificate is for another host', async () => {
    const [, port = ''] = /localhost(?::|%3A)(\d+)/.exec(url()) ?? [];
    await expect(trusting(servers.certificates, () => use(elsewhere(port, '127.0.0.1')))).rejects.toThrow(
      `${setting}: the server’s certificate is for another host name`,
    );
  });

  test('is refused when the server speaks plain text', async () => {
    const server = await plain(servers);
    try {
      await expect(trusting(servers.certificates, () => use(elsewhere(server.port)))).rejects.toThrow(
        `${setting}: TLS is demanded, and the server does not speak it`,
      );
    } finally {
      await server.stop();
    }
  });
});

describe('mail', () => {
  const logins = () => {
    const seen: unknown[] = [];
    const onAuth = (auth: unknown, _session: unknown, done: (error: null, who: object) => void) => {
      seen.push(auth);
      done(null, { user: 'frames' });
    };
    return { seen, options: { onAuth, allowInsecureAuth: true } };
  };

  test('a password is not sent to a server whose offer of TLS somebody has taken out', async () => {
    const { seen, options } = logins();
    const server = await startTestServer({}, options);
    await expect(useMail(server.url.replace('//', '//frames:secret@'))).rejects.toThrow(
      'MAIL_URL: TLS is demanded',
    );
    expect({ seen, received: server.received }).toEqual({ seen: [], received: [] });
    await server.stop();
  });

  test('without a password it goes as the server offers, and a certificate that is offered must be right', async () => {
    const plain = await startTestServer();
    await useMail(plain.url);
    expect(plain.received).toHaveLength(1);
    await plain.stop();
    await expect(useMail(servers.smtp.url)).rejects.toThrow('MAIL_URL: nobody whom this process trusts');
  });
});

test('a file of authorities that holds none stops the start', async () => {
  const process = startServices('services/processor', { NODE_EXTRA_CA_CERTS: servers.certificates.keyFile });
  await eventually(() => process.exitCode() !== undefined, 'the process to end');
  expect(process.exitCode()).toBe(1);
  expect(process.output()).toMatch(/NODE_EXTRA_CA_CERTS=.*can’t be used: it holds no certificate in PEM/);
});

test('the whole system does its work with every connection by TLS', async () => {
  const { rabbit, postgres, s3, smtp, collector, certificates } = servers;
  const names = ['auth', 'video', 'notify'];
  for (const name of names) await postgres.query(`CREATE DATABASE ${name}`);
  const databases = names.map((name): [string, string] => [
    `${name.toUpperCase()}_DATABASE_URL`,
    `postgres://postgres@${NAME}:${postgres.port}/${name}?sslmode=verify-full`,
  ]);
  const env = {
    ...{ NODE_EXTRA_CA_CERTS: certificates.caFile, AMQP_URL: rabbit.tlsUrl, STORAGE_URL: s3.url, ...s3.env },
    ...Object.fromEntries(databases),
    MAIL_URL: smtp.url.replace('//127.0.0.1', `//frames:secret@${NAME}`),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  const before = smtp.received.length;
  const system = await startSystem({ env, fresh: true });
  try {
    const person = await registerPerson(system.url);
    const { id } = await person.upload(footage('birds.mp4'));
    await person.waitFor(id, 'completed');
    const archive = await person.fetch(`/video/${id}/download`);
    expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/zip']);
    await archive.body?.cancel();
    const isReady = ({ recipients, mail }: (typeof smtp.received)[number]) =>
      recipients.includes(person.email) && /ready/i.test(mail.subject ?? '');
    await eventually(() => smtp.received.slice(before).some(isReady), 'the mail');
    await eventually(() => collector.spans.some(({ name }) => name === 'extract'), 'the trace');
    expect(await rabbit.ctl('list_connections', 'ssl')).toMatch(/^(?:ssl\s+)?(true\s+){2,}$/);
    const ours = await postgres.query<{ ssl: boolean; count: string }>(
      `SELECT ssl, count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
       WHERE application_name = 'video-system' GROUP BY ssl`,
    );
    expect(ours.map(({ ssl }) => ssl)).toEqual([true]);
  } finally {
    await system.remove();
  }
}, 120_000);
