import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createDatabase } from '../../lib/database.ts';
import { silentLogger, type Logger } from '../../lib/logger.ts';
import { openMailer } from '../../lib/mail/index.ts';
import { connectTo } from '../../lib/queue/rabbitmq-connection.ts';
import { openStore } from '../../lib/storage/index.ts';
import { startTracing } from '../../lib/tracing/export.ts';
import { startRequestSpan } from '../../lib/tracing/trace.ts';
import { endConnection, openConnection } from '../../mixins/transporter/connection.ts';
import { openMailEvents } from '../../services/notify/mail-events-queue.ts';
import { NAME } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { startTestServer } from '../support/smtp-server.ts';
import type { TlsServers } from '../support/tls-servers.ts';

/** A connection of a service to something outside of it. */
export interface Connection {
  name: string;
  /** What says where to connect. */
  setting: string;
  /** The setting's value for a server that speaks TLS. */
  url(servers: TlsServers): string;
  /** Connect and use it. @throws what an operator reads when that fails */
  use(url: string): Promise<unknown>;
  /** The port of a server of its kind that does not speak TLS. */
  plain: Plain;
}

type Plain = (servers: TlsServers) => Promise<{ port: number; stop(): Promise<unknown> }>;

/** Resolves with what is logged first as a warning. */
function firstWarning(): { logger: Logger; warning: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const warn = (sentence: string, error?: unknown) => resolve(error ?? new Error(sentence));
  return { logger: { ...silentLogger, warn }, warning: promise };
}

async function useTransporter(url: string): Promise<void> {
  endConnection(await openConnection(url, 'a test', silentLogger, () => undefined));
}

async function useQueue(url: string): Promise<void> {
  const { logger, warning } = firstWarning();
  const connection = connectTo(url, logger);
  const refused = warning.then((error) => {
    throw error;
  });
  try {
    await Promise.race([connection.connected(), refused]);
  } finally {
    await connection.close();
  }
}

async function useDatabase(url: string): Promise<void> {
  const database = createDatabase(url, 'VIDEO_DATABASE_URL');
  await database.authenticate().finally(() => database.close());
}

/** Send one mail. @throws what an operator reads */
export async function useMail(url: string): Promise<void> {
  const mailer = openMailer({ url, from: 'Frames <frames@example.com>' });
  const mail = { id: randomUUID(), to: 'ana@example.com', subject: 'Hi', text: 'Hi', html: 'Hi' };
  await mailer.send(mail).finally(() => mailer.close());
}

async function useMailEvents(url: string): Promise<void> {
  const queue = openMailEvents(url);
  await queue.receive(AbortSignal.timeout(60_000)).finally(() => queue.close());
}

async function useCollector(url: string): Promise<void> {
  const { logger, warning } = firstWarning();
  const config = { url: `${url}/v1/traces`, headers: {}, attributes: {}, serviceName: 'a test' };
  const stop = startTracing(
    { ...config, sampler: 'always_on', ratio: 1 },
    { service: 's', node: 'n' },
    logger,
  );
  startRequestSpan('a span', {}, {}).end();
  await stop();
  const silence = Symbol('silence');
  const told = await Promise.race([warning, Promise.resolve(silence)]);
  if (told !== silence) throw told;
}

const plainBroker: Plain = ({ rabbit }) =>
  Promise.resolve({ port: Number(new URL(rabbit.url).port), stop: () => Promise.resolve() });

const plainHttp: Plain = async () => {
  const server = createServer((_req, res) => res.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((resolve) => server.close(resolve));
  return { port: (server.address() as AddressInfo).port, stop };
};

const plainMail: Plain = async () => {
  const server = await startTestServer();
  return { port: Number(new URL(server.url).port), stop: () => server.stop() };
};

/** PostgreSQL's one letter about whether it speaks TLS. */
async function askForTls(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

/** The same server, whose certificate is put away for a moment. */
const plainDatabase: Plain = async ({ postgres }) => {
  const speakTls = async (on: boolean) => {
    await postgres.query(`ALTER SYSTEM SET ssl = ${on ? 'on' : 'off'}`);
    await postgres.query('SELECT pg_reload_conf()');
    const answer = on ? 'S' : 'N';
    await eventually(async () => (await askForTls(postgres.port)) === answer, `the answer ${answer}`);
  };
  await speakTls(false);
  return { port: postgres.port, stop: () => speakTls(true) };
};

const portOf = (url: string) => new URL(url).port;
const databaseUrl = ({ postgres }: TlsServers) => `postgres://postgres@${NAME}:${postgres.port}/postgres`;

const rabbit = {
  setting: 'AMQP_URL',
  url: (servers: TlsServers) => servers.rabbit.tlsUrl,
  plain: plainBroker,
};
const database = { setting: 'VIDEO_DATABASE_URL', use: useDatabase, plain: plainDatabase };
const mail = { setting: 'MAIL_URL', use: useMail, plain: plainMail };

export const connections: Connection[] = [
  { name: 'the transporter', ...rabbit, use: useTransporter },
  { name: 'the work queue', ...rabbit, use: useQueue },
  ...['require', 'verify-full'].map((mode) => ({
    name: `a database, sslmode=${mode}`,
    ...database,
    url: (servers: TlsServers) => `${databaseUrl(servers)}?sslmode=${mode}`,
  })),
  {
    name: 'the object store',
    setting: 'STORAGE_URL',
    url: ({ s3 }) => s3.url,
    use: (url) => openStore(url).ping(),
    plain: plainHttp,
  },
  { name: 'mail by smtps:', ...mail, url: ({ smtps }) => `smtps://${NAME}:${portOf(smtps.url)}` },
  {
    name: 'mail by STARTTLS, for a password',
    ...mail,
    url: ({ smtp }) => `smtp://frames:secret@${NAME}:${portOf(smtp.url)}`,
  },
  {
    name: 'mail by STARTTLS, because it is demanded',
    ...mail,
    url: ({ smtp }) => `smtp://${NAME}:${portOf(smtp.url)}?requireTLS=true`,
  },
  {
    name: 'mail by SES',
    ...mail,
    plain: plainHttp,
    url: ({ aws }) => `ses://eu-west-1?endpoint=${encodeURIComponent(aws.url)}`,
  },
  {
    name: 'news of mail by SQS',
    setting: 'MAIL_EVENTS_QUEUE_URL',
    url: ({ aws }) => `${aws.url}/1/mail-events`,
    use: useMailEvents,
    plain: plainHttp,
  },
  {
    name: 'traces',
    setting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    url: ({ collector }) => collector.url,
    use: useCollector,
    plain: plainHttp,
  },
];
