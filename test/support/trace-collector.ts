import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { NAME, type Certificates } from './certificates.ts';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string };
}

/** A span as OTLP's JSON has it. */
interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Attribute[];
  status: { code?: number };
  /** The `service.name` of its process. */
  service: string;
}

interface Batch {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: Omit<CollectedSpan, 'service'>[] }[];
  }[];
}

/** A collector that takes traces by OTLP over HTTP. */
export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string;
  spans: CollectedSpan[];
  /** The headers of the latest export. */
  headers(): Record<string, unknown>;
  /** The names of a span and its parents, up to the root. */
  lineOf(span: CollectedSpan): string[];
  stop(): Promise<void>;
}

/**
 * Start a collector on the loopback address.
 * @param tls makes it an HTTPS server
 */
export async function startCollector(tls?: Certificates): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  let headers: Record<string, unknown> = {};
  const handle = (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      headers = req.headers;
      spans.push(...spansOf(JSON.parse(text.toString()) as Batch));
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  };
  const server: Server = tls ? createTlsServer(tls.server, handle) : createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lineOf = (span: CollectedSpan): string[] => {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [span.name, ...(parent ? lineOf(parent) : [])];
  };
  return {
    url: `${tls ? `https://${NAME}` : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    spans,
    headers: () => headers,
    lineOf,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const spansOf = ({ resourceSpans }: Batch): CollectedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });
