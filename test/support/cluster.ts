import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../lib/embedded-postgres.ts';
import type { BrokerUsers } from '../../scripts/broker-users.ts';
import { loadBrokerUsers } from './broker-users.ts';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { copyPostgresTemplate } from './postgres-template.ts';
import { downBehind } from './readiness.ts';
import { startRabbit, type Rabbit } from './rabbitmq.ts';
import { startS3, type S3 } from './s3.ts';
import { startServices, type ServiceProcess } from './service-process.ts';

export const serviceNames = ['auth', 'video', 'notify', 'processor', 'api'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How many processes of each service there are. */
export type Replicas = Record<ServiceName, number>;

interface ClusterOptions {
  replicas: Replicas;
  /** Where the files of the stores are; a temporary folder, removed in the end, when none is given. */
  folder?: string;
  /** The port of the first gateway; the others follow. A free one each when none is given. */
  port?: number;
  mailUrl: string;
  /** Give each process a METRICS_PORT of its own. */
  withMetrics?: boolean;
  /** Give each service a user of its own at the broker; else they all share one. */
  withUsers?: boolean;
  env?: Record<string, string>;
}

/** The system as a cluster on one machine: a broker, a database server, an S3 server, and N processes of each service. */
export interface Cluster {
  /** Where each process tells its metrics; none when they were not asked for. */
  metrics: string[];
  /** Where each gateway is reached. */
  urls: string[];
  folder: string;
  rabbit: Rabbit;
  /** The users of the broker, where each service has its own. */
  users: BrokerUsers | undefined;
  s3: S3;
  processes: Record<ServiceName, ServiceProcess[]>;
  /** The databases' URLs by service. */
  databases: Record<'auth' | 'video' | 'notify', string>;
  restartPostgres(): Promise<void>;
  /** Start the replica with this number again; it must have ended. */
  restart(name: ServiceName, index: number): void;
  /** Wait until every gateway finds everything. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Start everything and wait until it is ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'video-system-cluster-')));
  await mkdir(folder, { recursive: true });
  const postgresOptions = {
    dataDir: join(folder, 'postgres'),
    socketDir: join(folder, 'run'),
    databases: ['auth', 'video', 'notify'],
  };
  await copyPostgresTemplate(postgresOptions.dataDir);
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres(postgresOptions);
  const rabbit = await startRabbit();
  const users = options.withUsers ? await loadBrokerUsers(rabbit) : undefined;
  const s3 = await startS3(join(folder, 's3'));
  const databaseUrl = (name: string) =>
    `postgres://postgres@/${name}?host=${encodeURIComponent(postgresOptions.socketDir)}`;
  const databases = { auth: databaseUrl('auth'), video: databaseUrl('video'), notify: databaseUrl('notify') };
  const ports = await gatewayPorts(options);
  const metricsPorts = await portsOfEach(options.replicas);
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const env = {
    DATA_DIR: folder,
    AMQP_URL: rabbit.url,
    STORAGE_URL: s3.url,
    ...s3.env,
    MAIL_URL: options.mailUrl,
    PUBLIC_URL: urls[0] ?? '',
    AUTH_DATABASE_URL: databases.auth,
    VIDEO_DATABASE_URL: databases.video,
    NOTIFY_DATABASE_URL: databases.notify,
    ...options.env,
  };
  const start = (name: ServiceName, index: number) =>
    startServices(`services/${name}`, {
      ...env,
      ...(users ? { AMQP_URL: users.urlOf(name, rabbit.url) } : {}),
      ...(name === 'api' ? { PORT: String(ports[index]) } : {}),
      ...(options.withMetrics ? { METRICS_PORT: String(metricsPorts[name][index]) } : {}),
    });
  const replicas = (name: ServiceName) =>
    Array.from({ length: options.replicas[name] }, (_, index) => start(name, index));
  const processes = Object.fromEntries(
    serviceNames.map((name) => [name, replicas(name)]),
  ) as Cluster['processes'];

  const cluster: Cluster = {
    urls,
    metrics: options.withMetrics ? serviceNames.flatMap((name) => metricsPorts[name].map(metricsUrl)) : [],
    folder,
    rabbit,
    users,
    s3,
    processes,
    databases,
    restart: (name, index) => {
      processes[name][index] = start(name, index);
    },
    restartPostgres: async () => {
      await postgres.stop();
      postgres = await startEmbeddedPostgres(postgresOptions);
    },
    ready: () => everyGatewayIsReady(urls, Object.values(processes).flat()),
    stop: async () => {
      // The gateways first: they take no more requests while the others finish.
      for (const name of serviceNames.toReversed()) {
        await Promise.all(processes[name].map((process) => process.end('SIGTERM')));
      }
      await s3.stop();
      await rabbit.stop();
      await postgres.stop();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  await cluster.ready().catch(async (error: unknown) => {
    const outputs = Object.values(processes).flatMap((some) =>
      some.map((process) => process.output().slice(-2000)),
    );
    await cluster.stop();
    throw new Error(`${String(error)}\n${outputs.join('\n')}`);
  });
  return cluster;
}

const metricsUrl = (port: number) => `http://127.0.0.1:${port}/metrics`;

async function portsOfEach(replicas: Replicas): Promise<Record<ServiceName, number[]>> {
  const some = serviceNames.map(async (name) => {
    const ports = Array.from({ length: replicas[name] }, () => freePort());
    return [name, await Promise.all(ports)] as const;
  });
  return Object.fromEntries(await Promise.all(some)) as Record<ServiceName, number[]>;
}

function gatewayPorts({ replicas, port }: ClusterOptions): Promise<number[]> {
  return Promise.all(
    Array.from({ length: replicas.api }, async (_, index) =>
      port === undefined ? freePort() : port + index,
    ),
  );
}

async function everyGatewayIsReady(urls: string[], processes: ServiceProcess[]): Promise<void> {
  for (const url of urls) {
    await eventually(
      async () => {
        const ended = processes.find((process) => process.exitCode() !== undefined);
        if (ended) throw new Error(`A process has ended:\n${ended.output().slice(-4000)}`);
        return (await downBehind(url))?.length === 0;
      },
      `${url} to be ready`,
      120_000,
    );
  }
}
