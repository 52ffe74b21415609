import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MetricReporters, type MetricRegistry } from 'moleculer';
import { collectDefaultMetrics } from 'prom-client';
import { collectors, registry as own } from '../lib/metrics.ts';

/** Moleculer's families that are about the system; the rest is about the machine, which has exporters of its own. */
const MOLECULERS = [
  'moleculer.request.total',
  'moleculer.request.active',
  'moleculer.request.error.total',
  'moleculer.request.timeout.total',
  'moleculer.request.bulkhead.*',
  'moleculer.registry.nodes.online.total',
  'moleculer.transit.*',
  'moleculer.transporter.packets.**',
];

interface Snapshot {
  labels: Record<string, string | number | boolean | null>;
  value: number | null;
}

interface Address {
  host: string;
  port: number;
}

/**
 * Serves what this process measures in Prometheus' format, at a port of its own, and whether it is there: `/health/live`
 * answers 200 while the process is responsive, `/health/ready` once every service in it has started. Moleculer's own reporter for Prometheus
 * writes histograms without their sum and count and rates without a type, and goes on without a word when its port is
 * taken (docs/decisions/0024-metrics.md).
 */
export class MetricsReporter extends MetricReporters.Base {
  private readonly address: Address;
  private server: Server | undefined;

  constructor(address: Address) {
    super({ includes: MOLECULERS });
    this.address = address;
  }

  override init(registry: MetricRegistry): void {
    super.init(registry);
    collectDefaultMetrics({ register: own, prefix: 'video_system_' });
    const { host, port } = this.address;
    this.server = createServer((req, res) => void this.answer(req, res));
    this.server.on('error', (error) =>
      this.registry.broker.fatal(`The metrics can’t be served at ${host}:${port}: ${error.message}`, error),
    );
    this.server.listen(port, host, () => this.logger.info(`Metrics at http://${host}:${port}/metrics`));
  }

  override async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }

  private async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'GET') res.writeHead(405).end();
    else if (req.url === '/metrics') await this.answerMetrics(res);
    else if (req.url === '/health/live') res.writeHead(200).end();
    else if (req.url === '/health/ready') res.writeHead(this.registry.broker.started ? 200 : 503).end();
    else res.writeHead(404).end();
  }

  private async answerMetrics(res: ServerResponse): Promise<void> {
    try {
      await Promise.all([...collectors].map(async (collect) => collect()));
      const text = `${await own.metrics()}\n${this.moleculers()}`;
      res.writeHead(200, { 'Content-Type': own.contentType }).end(text);
    } catch (error) {
      this.logger.error('The metrics could not be collected', error);
      res.writeHead(500).end();
    }
  }

  private moleculers(): string {
    const lines: string[] = [];
    for (const metric of this.registry.store.values()) {
      if (!this.matchMetricName(metric.name) || !['counter', 'gauge'].includes(metric.type)) continue;
      const name = metric.name.replaceAll(/\W/g, '_');
      const samples = metric.snapshot() as unknown as Snapshot[];
      if (samples.length === 0) continue;
      lines.push(`# HELP ${name} ${metric.description ?? metric.name}`, `# TYPE ${name} ${metric.type}`);
      for (const { labels, value } of samples) lines.push(`${name}${labelsOf(labels)} ${value ?? 'NaN'}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

function labelsOf(labels: Snapshot['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}=${JSON.stringify(String(value ?? ''))}`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}
