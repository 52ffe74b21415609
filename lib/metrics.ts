import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What this process counts and measures; docs/metrics.md says what each means. No label grows with ids or names. */
export const registry = new Registry();
const registers = [registry];

/** Called before each reading, by whoever has a state to tell rather than something to count. */
export const collectors = new Set<() => void>();

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600];
const WORK_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400];
/** Seconds of video in a second of work. */
const FACTORS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

export const metrics = {
  httpRequests: new Counter({
    name: 'video_system_http_requests_total',
    help: 'HTTP requests that were answered, by the template of their route',
    labelNames: ['method', 'route', 'status'],
    registers,
  }),
  httpSeconds: new Histogram({
    name: 'video_system_http_request_duration_seconds',
    help: 'Seconds from the head of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: REQUEST_SECONDS,
    registers,
  }),
  httpInFlight: new Gauge({
    name: 'video_system_http_requests_in_flight',
    help: 'HTTP requests whose answer has not ended',
    registers,
  }),
  eventStreams: new Gauge({
    name: 'video_system_event_streams',
    help: 'Open streams of live events',
    registers,
  }),
  shed: new Counter({
    name: 'video_system_http_requests_shed_total',
    help: 'HTTP requests refused because there was more than could be done: at the door, or by the limit of an action',
    labelNames: ['by'],
    registers,
  }),
  extractions: new Counter({
    name: 'video_system_extractions_total',
    help: 'Attempts at extractions that ended here; code is why one failed',
    labelNames: ['outcome', 'mode', 'code'],
    registers,
  }),
  extractionSeconds: new Histogram({
    name: 'video_system_extraction_seconds',
    help: 'Seconds of work on an extraction that was completed',
    labelNames: ['mode'],
    buckets: WORK_SECONDS,
    registers,
  }),
  realTimeFactor: new Histogram({
    name: 'video_system_extraction_realtime_factor',
    help: 'Seconds of video that a second of work went through',
    labelNames: ['mode'],
    buckets: FACTORS,
    registers,
  }),
  completionSeconds: new Histogram({
    name: 'video_system_completion_seconds',
    help: 'Seconds from the acceptance of an extraction to its completion; small sources have less than 100 MB',
    labelNames: ['source'],
    buckets: WORK_SECONDS,
    registers,
  }),
  queueMessages: new Gauge({
    name: 'video_system_queue_messages',
    help: 'Messages in a work queue',
    labelNames: ['topic', 'state'],
    registers,
  }),
  jobs: new Gauge({
    name: 'video_system_jobs',
    help: 'Extractions that wait or run; due is waiting without a pause, lost is running without a lease',
    labelNames: ['state'],
    registers,
  }),
  oldestWaiting: new Gauge({
    name: 'video_system_oldest_waiting_seconds',
    help: 'How long the extraction has waited that is due longest',
    registers,
  }),
  outbox: new Gauge({
    name: 'video_system_outbox_events',
    help: 'Events that were not sent yet, or not confirmed',
    labelNames: ['state'],
    registers,
  }),
  outboxAge: new Gauge({
    name: 'video_system_outbox_oldest_seconds',
    help: 'Age of the oldest event that was not sent yet',
    registers,
  }),
  mail: new Counter({
    name: 'video_system_mail_total',
    help: 'Attempts at sending a mail',
    labelNames: ['result'],
    registers,
  }),
  mailSeconds: new Histogram({
    name: 'video_system_mail_delay_seconds',
    help: 'Seconds from what a mail tells of to its acceptance by the mail server',
    buckets: WORK_SECONDS,
    registers,
  }),
  webhooks: new Counter({
    name: 'video_system_webhook_deliveries_total',
    help: 'Attempts at telling a webhook',
    labelNames: ['result'],
    registers,
  }),
  databasePool: new Gauge({
    name: 'video_system_database_connections',
    help: 'Connections of a pool, and queries that wait for one',
    labelNames: ['database', 'state'],
    registers,
  }),
};

// What has not happened yet is told, too: a rate needs a beginning.
for (const by of ['gateway', 'action']) metrics.shed.inc({ by }, 0);
