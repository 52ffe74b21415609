import type { Board, Panel, Query } from './panels.ts';

/** What the dashboards show. Every query is run against a real system in test/integration/prometheus.test.ts. */

const IN = 'namespace=~"$namespace"';
const RATE = '$__rate_interval';
/** A metric of ours in the chosen namespaces, with more label matchers if wanted. */
const of = (name: string, matchers = '') => `video_system_${name}{${IN}${matchers && `,${matchers}`}}`;
const rate = (by: string, name: string, matchers = '') =>
  `sum by (${by}) (rate(${of(name, matchers)}[${RATE}]))`;
const max = (by: string, name: string, matchers = '') => `max by (${by}) (${of(name, matchers)})`;
/** Half, and 95 of 100, were quicker. */
const quantiles = (name: string): Query[] =>
  [0.5, 0.95].map((q) => ({
    expr: `histogram_quantile(${q}, sum by (le) (rate(${of(`${name}_bucket`)}[${RATE}])))`,
    legend: `${q * 100} %`,
  }));
const panel = (title: string, unit: string, queries: Query[], more: Partial<Panel> = {}): Panel => ({
  ...{ title, unit, queries },
  ...more,
});
const one = (expr: string, legend: string): Query[] => [{ expr, legend }];

const faults = (window: string) =>
  `sum(rate(${of('http_requests_total', 'status=~"5.."')}[${window}])) / sum(rate(${of('http_requests_total')}[${window}]))`;

const overview: Board = {
  name: 'overview',
  title: 'overview',
  panels: [
    panel('Requests', 'reqps', one(rate('status', 'http_requests_total'), '{{status}}')),
    panel('Requests that fail by our fault', 'percentunit', one(faults(RATE), 'faults'), {
      ...{ bad: 0.001, alert: 'ErrorBudgetBurns' },
    }),
    panel('From acceptance to completion', 's', quantiles('completion_seconds'), {
      ...{ bad: 120, alert: 'CompletionsAreSlow' },
    }),
    panel('Extraction that waits longest', 's', one(max('namespace', 'oldest_waiting_seconds'), 'waits'), {
      ...{ bad: 600, alert: 'WorkWaitsTooLong' },
    }),
    panel('Mail', 'cps', one(rate('result', 'mail_total'), '{{result}}'), { alert: 'MailFails' }),
    panel('Webhooks', 'cps', one(rate('result', 'webhook_deliveries_total'), '{{result}}'), {
      alert: 'WebhooksFail',
    }),
    panel(
      'Disk in use',
      'percentunit',
      one(`${of('disk_used_bytes')} / (${of('disk_used_bytes')} + ${of('disk_free_bytes')})`, '{{instance}}'),
      { bad: 0.9, alert: 'DiskIsNearlyFull' },
    ),
    panel('Event loop, 99 %', 's', one(max('instance', 'nodejs_eventloop_lag_p99_seconds'), '{{instance}}'), {
      ...{ bad: 0.5, alert: 'EventLoopIsLate' },
    }),
  ],
};

const processing: Board = {
  name: 'processing',
  title: 'processing',
  panels: [
    panel('Attempts', 'cps', one(rate('outcome', 'extractions_total'), '{{outcome}}')),
    panel('Failures', 'cps', one(rate('code', 'extractions_total', 'outcome=~"failed|retried"'), '{{code}}')),
    panel('Work on an extraction', 's', quantiles('extraction_seconds')),
    panel('Seconds of video in a second', 'short', quantiles('extraction_realtime_factor')),
    panel('Time in the queue', 's', quantiles('waiting_seconds'), { bad: 600, alert: 'WorkWaitsTooLong' }),
    panel('Leases that ran out', 'cps', one(rate('namespace', 'leases_lost_total'), 'lost'), {
      alert: 'LeasesAreLost',
    }),
    panel('CPUs that ffmpeg uses', 'short', one(rate('kind', 'ffmpeg_cpu_seconds_total'), '{{kind}}')),
    panel('Most memory of a run of ffmpeg', 'bytes', quantiles('ffmpeg_peak_memory_bytes')),
    panel(
      'Object store, 95 %',
      's',
      one(
        `histogram_quantile(0.95, sum by (le, operation) (rate(${of('object_store_seconds_bucket')}[${RATE}])))`,
        '{{operation}}',
      ),
    ),
    panel(
      'Object store, failures',
      'cps',
      one(rate('operation', 'object_store_errors_total'), '{{operation}}'),
    ),
  ],
};

const gateway: Board = {
  name: 'gateway',
  title: 'gateway',
  panels: [
    panel('Requests by route', 'reqps', one(rate('route', 'http_requests_total'), '{{route}}')),
    panel(
      'Time of an answer, 95 %',
      's',
      one(
        `histogram_quantile(0.95, sum by (le, route) (rate(${of('http_request_duration_seconds_bucket')}[${RATE}])))`,
        '{{route}}',
      ),
    ),
    panel('Problems', 'reqps', one(rate('code', 'http_problems_total'), '{{code}}')),
    panel('Refused, for there is too much', 'reqps', one(rate('by', 'http_requests_shed_total'), '{{by}}'), {
      ...{ bad: 1, alert: 'RequestsAreRefused' },
    }),
    panel('Bytes', 'Bps', one(rate('direction', 'http_bytes_total'), '{{direction}}')),
    panel('Uploads', 'Bps', one(rate('way', 'upload_bytes_total'), '{{way}}')),
    panel('Logins', 'cps', one(rate('outcome', 'logins_total'), '{{outcome}}')),
    panel('Requests and streams that are open', 'short', [
      { expr: `sum(${of('http_requests_in_flight')})`, legend: 'requests' },
      { expr: `sum(${of('event_streams')})`, legend: 'event streams' },
      { expr: `sum(${of('slow_requests')})`, legend: 'slow requests' },
    ]),
    panel(
      'Refused by limits against abuse',
      'cps',
      one(`${rate('limit', 'abuse_refused_total')} > 0`, '{{limit}}'),
    ),
  ],
};

const queues: Board = {
  name: 'queues',
  title: 'queues and databases',
  panels: [
    panel(
      'Messages that wait',
      'short',
      one(max('topic, state', 'queue_messages', 'state!="dead"'), '{{topic}} {{state}}'),
    ),
    panel('Messages in hand', 'short', one(`sum by (topic) (${of('queue_unacked_messages')})`, '{{topic}}')),
    panel('Dead letters', 'short', one(max('topic', 'queue_messages', 'state="dead"'), '{{topic}}'), {
      ...{ bad: 1, alert: 'DeadLetters' },
    }),
    panel('Extractions', 'short', one(max('state', 'jobs'), '{{state}}'), { alert: 'NobodyWorks' }),
    panel('Events in the outbox', 'short', one(max('state', 'outbox_events'), '{{state}}')),
    panel('Oldest event', 's', one(max('namespace', 'outbox_oldest_seconds'), 'age'), {
      ...{ bad: 120, alert: 'OutboxIsStuck' },
    }),
    panel('Calls to be made', 'short', one(max('database', 'durable_calls'), '{{database}}')),
    panel(
      'Connections in use',
      'percentunit',
      one(
        `${of('database_connections', 'state="used"')} / ignoring (state) ${of('database_connections_max')}`,
        '{{instance}} {{database}}',
      ),
      { bad: 0.9, alert: 'DatabasePoolIsNearlyFull' },
    ),
  ],
};

export const boards = [overview, processing, gateway, queues];
