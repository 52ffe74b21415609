import amqp from 'amqplib';
import type { Certificates } from './certificates.ts';
import { eventually } from './eventually.ts';
import { createBrokerContainer, findRabbitImage } from './rabbitmq-docker.ts';
import { createBrokerProcess, findRabbitServer, type BrokerHost } from './rabbitmq-program.ts';

/** A private RabbitMQ that a test may treat as badly as it likes. */
export interface Rabbit {
  url: string;
  /** Where it speaks TLS; empty without certificates. */
  tlsUrl: string;
  pid(): Promise<number>;
  /** End it (it may have been killed before) and start it again on the same port with the same queues. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** `kill -9`; `restart` brings it back. */
  kill(): Promise<void>;
  /** Every queue of every virtual host, whoever consumes from it. */
  deleteAllQueues(): Promise<void>;
  /** Run rabbitmqctl; resolves to what it prints. */
  ctl(...args: string[]): Promise<string>;
  /** End it for good and remove its files. */
  stop(): Promise<void>;
}

interface Options {
  /** How long a consumer may keep a message; RabbitMQ's default is 30 minutes. */
  consumerTimeoutMs?: number;
  /** Has it speak TLS, too, at a port of its own. */
  certificates?: Certificates;
}

/** Start a private broker and wait until it takes connections. */
export async function startRabbit(options: Options = {}): Promise<Rabbit> {
  const host = await createHost(flags(options), options.certificates);
  const start = async () => {
    await host.start();
    await eventually(
      async () => {
        if (await host.hasEnded()) throw new Error(`RabbitMQ has ended:\n${await host.output()}`);
        return answers(host.url);
      },
      'RabbitMQ to take connections',
      120_000,
    );
  };
  const stop = async () => {
    await host.end('SIGKILL');
    await host.remove();
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url: host.url,
    tlsUrl: host.tlsUrl ?? '',
    pid: () => host.pid(),
    restart: async (whileDown) => {
      await host.end('SIGTERM');
      await whileDown?.();
      await start();
    },
    kill: async () => {
      await host.ctl('eval', writeQueueNames).catch(() => undefined);
      await host.end('SIGKILL');
    },
    deleteAllQueues: async () => {
      await host.ctl('eval', deleteQueues);
    },
    ctl: (...args) => host.ctl(...args),
    stop,
  };
}

/** RabbitMQ 3.10 keeps a new quorum queue's name to itself for seconds, and a queue without its name answers nobody. */
const writeQueueNames = 'dets:sync(ra_directory_reverse).';

/** Meanwhile some are deleted by their owners. */
const deleteQueues =
  '[(catch rabbit_amqqueue:delete(Q, false, false, <<"test">>)) || Q <- rabbit_amqqueue:list()].';

/** For the Erlang machine, because one of them is no setting of rabbitmq.conf in every release. */
function flags({ consumerTimeoutMs }: Options): string {
  // The broker looks for late consumers at every tick of a channel, which is once a minute by default.
  return consumerTimeoutMs === undefined
    ? ''
    : `-rabbit consumer_timeout ${consumerTimeoutMs} channel_tick_interval 1000`;
}

async function createHost(erlangFlags: string, certificates?: Certificates): Promise<BrokerHost> {
  const server = await findRabbitServer();
  if (server) return createBrokerProcess(server, erlangFlags, certificates);
  if (await findRabbitImage()) return createBrokerContainer(erlangFlags, certificates);
  throw new Error('There is no RabbitMQ: run node scripts/prepare-tests.ts');
}

const LOCAL = 'amqp://localhost';

/** A running broker that other things may use, too: that of TEST_AMQP_URL (nothing else is tried then), or a local one. */
async function findBroker(): Promise<string | undefined> {
  const url = process.env.TEST_AMQP_URL ?? LOCAL;
  return (await answers(url)) ? url : undefined;
}

/** A broker for tests that leave it as it is: one that runs already, else a private one, which `stop` ends. */
export async function borrowBroker(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = await findBroker();
  if (url) return { url, stop: () => Promise.resolve() };
  if (process.env.TEST_AMQP_URL) throw new Error('No RabbitMQ answers at TEST_AMQP_URL');
  return startRabbit();
}

/** Whether a broker takes connections at a URL. */
export async function answers(url: string): Promise<boolean> {
  return amqp.connect(url, { timeout: 5000 }).then(
    async (connection) => {
      await connection.close();
      return true;
    },
    () => false,
  );
}
