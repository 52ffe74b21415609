import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { tracingSettings } from '../tracing/settings.ts';
import { flag, namespace, networks, postgresUrl, trustedProxies, url, whole } from './kinds.ts';

const GiB = 1024 ** 3;

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
  SESSION_DAYS: whole(1, 3650).default(90),
  ADMIN_EMAIL: z.email().max(254).describe('an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(10).max(200).describe('a password of 10 to 200 characters').optional(),
  MAX_UPLOAD_BYTES: whole(1, 1024 * GiB).default(10 * GiB),
  UPLOAD_IDLE_SECONDS: whole(1, 3600).default(60),
  DOWNLOAD_IDLE_SECONDS: whole(1, 3600).default(120),
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

export type Settings = z.output<typeof settings>;

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

/**
 * Read the settings, each by itself.
 * @param env environment variables; empty ones count as unset
 * @returns the settings by their names, with every default that needs no other setting
 * @throws Error naming each faulty variable, its value and what is allowed
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = settings.safeParse(given);
  if (!result.success) throw complain(env, result.error.issues);
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = result.data;
  if (!ADMIN_EMAIL !== !ADMIN_PASSWORD) {
    throw new Error('ADMIN_EMAIL and ADMIN_PASSWORD go together: set both or neither');
  }
  return result.data;
}
