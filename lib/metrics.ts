import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What this process counts and measures; docs/metrics.md says what each means. No label grows with ids or names. */
export const registry = new Registry();

/** Called before each reading, by whoever has a state to tell rather than something to count. */
export const collectors = new Set<() => void | Promise<void>>();

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600];
const WORK_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400];
/** Seconds of video in a second of work. */
const FACTORS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

/** Seconds that an object store takes to answer. */
const STORE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600];
const MEMORY_BYTES = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192].map(
  (mebibytes) => mebibytes * 1024 ** 2,
);

const about = <Label extends string>(name: string, help: string, labelNames: Label[]) => ({
  ...{ name: `video_system_${name}`, help, labelNames },
  registers: [registry],
});
const counter = <Label extends string>(name: string, help: string, labels: Label[] = []) =>
  new Counter(about(name, help, labels));
const gauge = <Label extends string>(name: string, help: string, labels: Label[] = []) =>
  new Gauge(about(name, help, labels));
const histogram = <Label extends string>(
  name: string,
  help: string,
  buckets: number[],
  labels: Label[] = [],
) => new Histogram({ ...about(name, help, labels), buckets });

/** What is asked of an object store; opening a download counts until its first byte may be read. */
export const storeOperations = [
  ...['put', 'get', 'head', 'delete', 'localFile', 'signedUrl', 'removeLeftovers', 'ping'],
  ...['create', 'write', 'getUpload', 'begin', 'sign', 'parts', 'complete'],
] as const;

/** What keeps people from abusing the system; docs/operations.md has a table of them. */
const abuseLimits = [
  ...['pair', 'address', 'account', 'codes', 'codes-of-day', 'registrations', 'registered-from'],
  ...[
    'letter',
    'letters-of-day',
    'letters-from',
    'uploads-from',
    'mail-to',
    'notices-to',
    'webhooks-to',
    'streams',
  ],
  ...['streams-of', 'streams-from', 'slow-of', 'slow-from', 'still'],
] as const;
export type AbuseLimit = (typeof abuseLimits)[number];

export const metrics = {
  abuse: counter('abuse_refused_total', 'What limits against abuse have refused, left out or put off', [
    'limit',
  ]),
  httpRequests: counter(
    'http_requests_total',
    'HTTP requests that were answered, by the template of their route',
    ['method', 'route', 'status'],
  ),
  httpSeconds: histogram(
    'http_request_duration_seconds',
    'Seconds from the head of a request to the end of its answer',
    REQUEST_SECONDS,
    ['method', 'route'],
  ),
  httpInFlight: gauge('http_requests_in_flight', 'HTTP requests whose answer has not ended'),
  httpBytes: counter('http_bytes_total', 'Bytes on the connections of clients, heads included', [
    'direction',
  ]),
  uploadBytes: counter('upload_bytes_total', 'Bytes of files that clients sent, by their way in', ['way']),
  problems: counter('http_problems_total', 'Problems that requests were answered with', ['code']),
  logins: counter('logins_total', 'Logins, and why they were refused', ['outcome']),
  eventStreams: gauge('event_streams', 'Open streams of live events'),
  slowRequests: gauge(
    'slow_requests',
    'HTTP requests that have lasted for more than five seconds, without streams',
  ),
  shed: counter(
    'http_requests_shed_total',
    'HTTP requests refused because there was more than could be done: at the door, or by the limit of an action',
    ['by'],
  ),
  extractions: counter(
    'extractions_total',
    'Attempts at extractions that ended here; code is why one failed',
    ['outcome', 'mode', 'code'],
  ),
  extractionSeconds: histogram(
    'extraction_seconds',
    'Seconds of work on an extraction that was completed',
    WORK_SECONDS,
    ['mode'],
  ),
  realTimeFactor: histogram(
    'extraction_realtime_factor',
    'Seconds of video that a second of work went through',
    FACTORS,
    ['mode'],
  ),
  completionSeconds: histogram(
    'completion_seconds',
    'Seconds from the acceptance of an extraction to its completion; small sources have less than 100 MB',
    WORK_SECONDS,
    ['source'],
  ),
  waitingSeconds: histogram(
    'waiting_seconds',
    'Seconds from when an extraction is due to when a worker takes it',
    WORK_SECONDS,
  ),
  leasesLost: counter('leases_lost_total', 'Extractions that were taken back because their lease ran out'),
  ffmpegCpu: counter('ffmpeg_cpu_seconds_total', 'CPU seconds of runs of ffmpeg that came to their end', [
    'kind',
  ]),
  ffmpegMemory: histogram('ffmpeg_peak_memory_bytes', 'Most memory that a run of ffmpeg had', MEMORY_BYTES),
  queueMessages: gauge('queue_messages', 'Messages in a work queue', ['topic', 'state']),
  queueUnacked: gauge('queue_unacked_messages', 'Messages that this process has in hand', ['topic']),
  jobs: gauge(
    'jobs',
    'Extractions that wait or run; due is waiting without a pause, lost is running without a lease',
    ['state'],
  ),
  oldestWaiting: gauge('oldest_waiting_seconds', 'How long the extraction has waited that is due longest'),
  outbox: gauge('outbox_events', 'Events that were not sent yet, or not confirmed', ['state']),
  outboxAge: gauge('outbox_oldest_seconds', 'Age of the oldest event that was not sent yet'),
  durableCalls: gauge('durable_calls', 'Calls that must not be lost and were not made yet', ['database']),
  mail: counter('mail_total', 'Attempts at sending a mail', ['result']),
  mailSeconds: histogram(
    'mail_delay_seconds',
    'Seconds from what a mail tells of to its acceptance by the mail server',
    WORK_SECONDS,
  ),
  webhooks: counter('webhook_deliveries_total', 'Attempts at telling a webhook', ['result']),
  databasePool: gauge('database_connections', 'Connections of a pool, and queries that wait for one', [
    'database',
    'state',
  ]),
  databasePoolMax: gauge('database_connections_max', 'Connections that a pool may have', ['database']),
  storeSeconds: histogram('object_store_seconds', 'Seconds until the object store answered', STORE_SECONDS, [
    'operation',
  ]),
  storeErrors: counter('object_store_errors_total', 'Operations that the object store failed at', [
    'operation',
  ]),
  forgedPackets: counter(
    'forged_packets_total',
    'Packets that were dropped, as they were not what they said of their sender',
  ),
  diskFree: gauge('disk_free_bytes', 'Bytes that are free where the data folder is'),
  diskUsed: gauge('disk_used_bytes', 'Bytes that are used where the data folder is'),
};

// What has not happened yet is told, too: a rate needs a beginning.
for (const by of ['gateway', 'action']) metrics.shed.inc({ by }, 0);
for (const way of ['multipart', 'raw', 'tus', 'direct']) metrics.uploadBytes.inc({ way }, 0);
for (const limit of abuseLimits) metrics.abuse.inc({ limit }, 0);
for (const operation of storeOperations) metrics.storeErrors.inc({ operation }, 0);
