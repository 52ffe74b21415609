import { createHash } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import proxyAddress from 'proxy-addr';
import { z } from 'zod';
import { hasKnownTls, POSTGRES_TLS } from './postgres-tls.ts';
import { tracingConfig, tracingSettings } from './tracing/settings.ts';

const GiB = 1024 ** 3;

const whole = (min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).describe(`a whole number from ${min} to ${max}`);

const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .describe('true or false');

const url = (...schemes: string[]) =>
  z
    .string()
    .regex(new RegExp(`^(${schemes.join('|')}):.+`))
    .describe(`a URL that starts with ${schemes.map((scheme) => `${scheme}:`).join(' or ')}`);

/** Where one instance of the system ends and another begins, on a broker that they share. */
const namespace = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/)
  .describe('1 to 40 of a-z, 0-9 and -');

/** How many proxies stand before the gateway, or whose word about addresses is taken: CIDRs, or proxy-addr's names. */
const trustedProxies = z
  .string()
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim())))
  .refine((value) => (typeof value === 'number' ? value <= 10 : areNetworks(value)))
  .describe('a number of proxies from 0 to 10, or networks, for instance: 10.0.0.0/8, loopback');

function areNetworks(list: string[]): boolean {
  try {
    proxyAddress.compile(list);
    return true;
  } catch {
    return false;
  }
}

const networks = z
  .string()
  .transform((list) => list.split(',').map((network) => network.trim()))
  .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()])))
  .describe('networks in CIDR notation, with commas between them, for instance: 10.1.0.0/16,fd12::/48');

const postgresUrl = url('postgres', 'postgresql')
  .refine(hasKnownTls)
  .describe(`a URL that starts with postgres: or postgresql:, ${POSTGRES_TLS}`)
  .optional();

/** Every setting there is. The description says what is allowed; it is what a person reads when a value is wrong. */
const settings = z.object({
  HOST: z.string().min(1).describe('an address to listen on').default('127.0.0.1'),
  PORT: whole(1, 65_535).default(3000),
  PUBLIC_URL: url('http', 'https').optional(),
  TRUSTED_PROXIES: trustedProxies.optional(),
  DATA_DIR: z.string().min(1).describe('a folder').default('data'),
  METRICS_PORT: whole(1, 65_535).optional(),
  METRICS_HOST: z.string().min(1).describe('an address to listen on').default('127.0.0.1'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .describe('trace, debug, info, warn, error or fatal')
    .default('info'),
  ...tracingSettings,
  NAMESPACE: namespace.default('video-system'),
  NODE_EXTRA_CA_CERTS: z
    .string()
    .min(1)
    .describe('the path of a PEM file with certificates of authorities')
    .optional(),
  AMQP_URL: url('amqp', 'amqps').optional(),
  AUTH_DATABASE_URL: postgresUrl,
  VIDEO_DATABASE_URL: postgresUrl,
  NOTIFY_DATABASE_URL: postgresUrl,
  STORAGE_URL: url('file', 's3').optional(),
  MAIL_URL: url('file', 'smtp', 'smtps', 'ses').optional(),
  MAIL_EVENTS_QUEUE_URL: url('http', 'https').optional(),
  MAIL_FROM: z
    .string()
    .min(3)
    .describe('a sender, for instance: Frames <frames@example.com>')
    .default('Video frames <frames@localhost>'),
  WEBHOOK_KEY_FILE: z
    .string()
    .min(1)
    .describe('the path of a file with 32 random bytes in base64')
    .optional(),
  WEBHOOK_ALLOW_HTTP: flag.default(false),
  WEBHOOK_ALLOWED_NETWORKS: networks.default([]),
  FFMPEG_PATH: z.string().min(1).describe('the path of an ffmpeg program').optional(),
  SIGNING_KEY_FILE: z
    .string()
    .min(1)
    .describe('the path of a PEM file with an EC P-256 private key')
    .optional(),
  ACCESS_TOKEN_SECONDS: whole(1, 86_400).default(15 * 60),
  REFRESH_TOKEN_DAYS: whole(1, 365).default(30),
  ADMIN_EMAIL: z.email().max(254).describe('an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(10).max(200).describe('a password of 10 to 200 characters').optional(),
  MAX_UPLOAD_BYTES: whole(1, 1024 * GiB).default(10 * GiB),
  UPLOAD_IDLE_SECONDS: whole(1, 3600).default(60),
  UPLOAD_EXPIRES_HOURS: whole(1, 24 * 30).default(24),
  MAX_STORED_BYTES: whole(1, Number.MAX_SAFE_INTEGER).default(1024 * GiB),
  MAX_VIDEOS_PER_DAY: whole(1, 1_000_000_000).default(10_000),
  MAX_CONCURRENT_UPLOADS: whole(1, 1_000_000).default(500),
  MAX_EVENT_STREAMS: whole(1, 1_000_000).default(20),
  MAX_EVENT_STREAMS_PER_NETWORK: whole(1, 1_000_000_000).default(5000),
  MAX_ALL_EVENT_STREAMS: whole(1, 1_000_000).default(20_000),
  MAX_SLOW_REQUESTS: whole(1, 1_000_000_000).default(1000),
  MAX_SLOW_REQUESTS_PER_NETWORK: whole(1, 1_000_000_000).default(5000),
  MAX_REGISTRATIONS_PER_NETWORK: whole(1, 1_000_000_000).default(1000),
  MAX_UPLOADS_PER_NETWORK: whole(1, 1_000_000_000).default(10_000),
  MAX_MAILS_TO_UNVERIFIED: whole(1, 1_000_000_000).default(500),
  MAX_WEBHOOKS_PER_HOST: whole(1, 1_000_000_000).default(600),
  MAX_DELAY_MS: whole(0, 60_000).default(250),
  MAX_WAITING_CALLS: whole(1, 1_000_000).default(1000),
  MAX_QUEUED_CALLS: whole(1, 1_000_000).default(500),
  SOURCE_DAYS: whole(0, 36_500).default(30),
  ARCHIVE_DAYS: whole(0, 36_500).default(30),
  RETENTION_DRY_RUN: flag.default(false),
  PROCESSOR_CONCURRENCY: whole(1, 256).default(availableParallelism()),
  MAX_ATTEMPTS: whole(1, 100).default(10),
  MAX_RUNNING_PER_PERSON: whole(1, 1_000_000).default(1000),
  LEASE_SECONDS: whole(2, 3600).default(30),
  SWEEP_SECONDS: whole(1, 3600).default(5),
  MAX_DURATION_SECONDS: whole(1, 1_000_000).default(6 * 3600),
  MAX_PIXELS: whole(1, 1_000_000_000).default(8192 * 4320),
  MAX_FRAMES: whole(1, 10_000_000).default(100_000),
  RANGE_MEGAPIXELS: whole(0, 1_000_000_000).default(4000),
  PROBE_CPU_SECONDS: whole(1, 1_000_000).default(10),
  PROCESSING_TIMEOUT_SECONDS: whole(1, 1_000_000).default(4 * 3600),
});

/**
 * The names of all settings, for those who check what processes are given.
 * @public
 */
export const settingNames: readonly string[] = Object.keys(settings.shape);

const secret = /PASSWORD|_URL$|ENDPOINT$/;
const hidden = ['ADMIN_PASSWORD', 'OTEL_EXPORTER_OTLP_HEADERS'];

function complain(env: NodeJS.ProcessEnv, issues: z.core.$ZodIssue[]): Error {
  const lines = issues.map(({ path }) => {
    const name = String(path[0]) as keyof typeof settings.shape;
    const field = settings.shape[name];
    const value = hidden.includes(name) ? '(hidden)' : maskPassword(env[name] ?? '', secret.test(name));
    return `${name}="${value}" is not valid; allowed: ${describe(field)}`;
  });
  return new Error(`The configuration has faults:\n  ${lines.join('\n  ')}`);
}

function describe(field: z.ZodType): string {
  const inner = field instanceof z.ZodDefault || field instanceof z.ZodOptional ? field.unwrap() : undefined;
  return field.description ?? (inner ? describe(inner as z.ZodType) : 'see docs/configuration.md');
}

function maskPassword(value: string, mayHold: boolean): string {
  if (!mayHold) return value;
  // A value that is no URL can still hold a password, and a password can hold any character.
  return value.replace(/^((?:[^:]*:\/\/)?[^:@/]*):.*@/s, '$1:***@').replace(/(password=)[^&]*/gi, '$1***');
}

function readSettings(env: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = settings.safeParse(given);
  if (!result.success) throw complain(env, result.error.issues);
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = result.data;
  if (!ADMIN_EMAIL !== !ADMIN_PASSWORD) {
    throw new Error('ADMIN_EMAIL and ADMIN_PASSWORD go together: set both or neither');
  }
  return result.data;
}

/** A Unix socket's path may have about 100 characters, so a deep DATA_DIR gets its socket in the temporary folder. */
function socketFolder(dataDir: string): string {
  const inside = join(dataDir, 'run');
  if (inside.length <= 80) return inside;
  return join(tmpdir(), `video-system-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
}

/** The databases' URLs: those that were given, and all of them. */
function databaseUrls(set: ReturnType<typeof readSettings>, socketDir: string) {
  const embedded = (database: string) =>
    `postgres://postgres@/${database}?host=${encodeURIComponent(socketDir)}`;
  const given = {
    auth: set.AUTH_DATABASE_URL,
    video: set.VIDEO_DATABASE_URL,
    notify: set.NOTIFY_DATABASE_URL,
  };
  // In a cluster no process may have a database of its own; a service that needs one says so when it starts.
  const fallback = (name: string) => (set.AMQP_URL === undefined ? embedded(name) : undefined);
  const databases = {
    auth: given.auth ?? fallback('auth'),
    video: given.video ?? fallback('video'),
    notify: given.notify ?? fallback('notify'),
  };
  return { given, databases };
}

/**
 * Turn environment variables into the configuration.
 * @param env the variables; empty ones count as unset
 * @returns the frozen configuration, every default filled in
 * @throws Error naming each faulty variable, its value and what is allowed
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const set = readSettings(env);
  const dataDir = resolve(set.DATA_DIR);
  const socketDir = socketFolder(dataDir);
  const { given, databases } = databaseUrls(set, socketDir);
  return deepFreeze({
    host: set.HOST,
    port: set.PORT,
    publicUrl: (set.PUBLIC_URL ?? `http://localhost:${set.PORT}`).replace(/\/$/, ''),
    /** Unset: the client's address is that of the connection. */
    trustedProxies: set.TRUSTED_PROXIES ?? 0,
    logLevel: set.LOG_LEVEL,
    /** Null: what this process measures is not served. */
    metrics: set.METRICS_PORT === undefined ? null : { host: set.METRICS_HOST, port: set.METRICS_PORT },
    /** Null: nothing is traced. */
    tracing: tracingConfig(set),
    /** Whom Node itself trusts beside those that it knows, for every connection by TLS. */
    authoritiesFile: set.NODE_EXTRA_CA_CERTS,
    dataDir,
    namespace: set.NAMESPACE,
    /** Unset: all services in one process, with a queue in memory. */
    amqpUrl: set.AMQP_URL,
    databases,
    /** The embedded PostgreSQL serves the databases that have no URL of their own. */
    embeddedPostgres: {
      dataDir: join(dataDir, 'postgres'),
      socketDir,
      databases: set.AMQP_URL === undefined ? unsetNames(given) : [],
    },
    storageUrl: set.STORAGE_URL ?? pathToFileURL(join(dataDir, 'objects')).href,
    mail: {
      url: set.MAIL_URL ?? pathToFileURL(join(dataDir, 'mail')).href,
      from: set.MAIL_FROM,
      /** Where the provider tells of bounces and complaints, if anywhere. */
      eventsQueueUrl: set.MAIL_EVENTS_QUEUE_URL,
    },
    webhooks: {
      /** Unset: a key is made once and kept under the data folder. */
      keyFile: set.WEBHOOK_KEY_FILE ?? join(dataDir, 'keys', 'webhooks.key'),
      makeKey: set.WEBHOOK_KEY_FILE === undefined,
      allowHttp: set.WEBHOOK_ALLOW_HTTP,
      /** Networks that webhooks may go to though they are not public. */
      allowedNetworks: set.WEBHOOK_ALLOWED_NETWORKS,
    },
    ffmpegPath: set.FFMPEG_PATH,
    auth: {
      /** Unset: a key pair is made once and kept under the data folder. */
      signingKeyFile: set.SIGNING_KEY_FILE ?? join(dataDir, 'keys', 'access-token.pem'),
      makeSigningKey: set.SIGNING_KEY_FILE === undefined,
      accessTokenSeconds: set.ACCESS_TOKEN_SECONDS,
      refreshTokenDays: set.REFRESH_TOKEN_DAYS,
      admin:
        set.ADMIN_EMAIL && set.ADMIN_PASSWORD
          ? { email: set.ADMIN_EMAIL, password: set.ADMIN_PASSWORD }
          : null,
    },
    upload: {
      maxBytes: set.MAX_UPLOAD_BYTES,
      idleSeconds: set.UPLOAD_IDLE_SECONDS,
      expiresHours: set.UPLOAD_EXPIRES_HOURS,
    },
    /** What one person may have. */
    quotas: {
      storedBytes: set.MAX_STORED_BYTES,
      videosPerDay: set.MAX_VIDEOS_PER_DAY,
      concurrentUploads: set.MAX_CONCURRENT_UPLOADS,
      fileBytes: set.MAX_UPLOAD_BYTES,
    },
    /** What one network, address or host may cause or get; see docs/operations.md. */
    abuse: {
      /** In an hour. */
      registrationsPerNetwork: set.MAX_REGISTRATIONS_PER_NETWORK,
      /** In an hour. */
      uploadsPerNetwork: set.MAX_UPLOADS_PER_NETWORK,
      /** In a day. */
      mailsToUnverified: set.MAX_MAILS_TO_UNVERIFIED,
      /** In a minute. */
      webhooksPerHost: set.MAX_WEBHOOKS_PER_HOST,
    },
    /** What lasts, at all gateways together: how much of it a person and a network may have at a time. */
    places: {
      streams: { of: set.MAX_EVENT_STREAMS, from: set.MAX_EVENT_STREAMS_PER_NETWORK },
      slow: { of: set.MAX_SLOW_REQUESTS, from: set.MAX_SLOW_REQUESTS_PER_NETWORK },
    },
    /** How many streams a person, and everybody, may have open at one gateway. */
    events: { maxStreams: set.MAX_EVENT_STREAMS, maxAll: set.MAX_ALL_EVENT_STREAMS },
    /** When the gateway, and a service, refuse what is new. */
    load: {
      /** How long a request may wait for its turn; 0 refuses nobody. */
      maxDelayMs: set.MAX_DELAY_MS,
      /** How many calls of services the requests at one gateway may wait for. */
      maxWaiting: set.MAX_WAITING_CALLS,
      /** How many calls of one action may wait for their turn in one process. */
      maxQueued: set.MAX_QUEUED_CALLS,
    },
    retention: {
      /** 0 keeps them for ever. */
      sourceDays: set.SOURCE_DAYS,
      archiveDays: set.ARCHIVE_DAYS,
      /** Tell what would be deleted, and delete nothing. */
      dryRun: set.RETENTION_DRY_RUN,
    },
    scheduling: {
      leaseSeconds: set.LEASE_SECONDS,
      maxAttempts: set.MAX_ATTEMPTS,
      maxRunningPerPerson: set.MAX_RUNNING_PER_PERSON,
      sweepSeconds: set.SWEEP_SECONDS,
    },
    processor: {
      concurrency: set.PROCESSOR_CONCURRENCY,
      limits: {
        maxDurationSeconds: set.MAX_DURATION_SECONDS,
        maxPixels: set.MAX_PIXELS,
        maxFrames: set.MAX_FRAMES,
        probeCpuSeconds: set.PROBE_CPU_SECONDS,
        timeoutSeconds: set.PROCESSING_TIMEOUT_SECONDS,
        rangeMegapixels: set.RANGE_MEGAPIXELS,
      },
    },
  });
}

/** The names whose value was not given. */
function unsetNames(given: Record<string, string | undefined>): string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}

export type Config = ReturnType<typeof readConfig>;
