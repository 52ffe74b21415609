import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSettings, type Settings } from './settings/index.ts';
import { tracingConfig } from './tracing/settings.ts';

/** A Unix socket's path may have about 100 characters, so a deep DATA_DIR gets its socket in the temporary folder. */
function socketFolder(dataDir: string): string {
  const inside = join(dataDir, 'run');
  if (inside.length <= 80) return inside;
  return join(tmpdir(), `video-system-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
}

/** The databases' URLs: those that were given, and all of them. */
function databaseUrls(set: Settings, socketDir: string) {
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
      sessionDays: set.SESSION_DAYS,
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
    download: { idleSeconds: set.DOWNLOAD_IDLE_SECONDS },
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
