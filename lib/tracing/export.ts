import { setTimeout as pause } from 'node:timers/promises';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import { tlsFault } from '../tls-fault.ts';
import { version } from '../version.ts';
import type { TracingConfig } from './settings.ts';

/** A stop waits no longer than this for a collector. */
const FLUSH_MS = 3000;
const EXPORT_MS = 5000;
/** How many spans wait for the collector at most; more are dropped. */
const QUEUED = 4096;
const TELL_MS = 60_000;

/**
 * Export traces of this process by OTLP. An unreachable collector costs spans and a line in the log each minute.
 * @param process its service and its node
 * @returns sends what waits, for three seconds at most, and ends the tracing
 */
export function startTracing(
  config: TracingConfig,
  process: { service: string; node: string },
  logger: Logger,
): () => Promise<void> {
  const { url, headers, attributes, serviceName = process.service } = config;
  const tell = tellOfFaults(logger);
  const resource = resourceFromAttributes({
    'service.version': version,
    'service.instance.id': process.node,
    ...attributes,
    'service.name': serviceName,
  });
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_MS });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: QUEUED,
    scheduledDelayMillis: 1000,
  });
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(config),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    const ending = provider.shutdown().catch(tell);
    await Promise.race([ending, pause(FLUSH_MS, undefined, { ref: false })]);
    for (const api of [trace, propagation, context]) api.disable();
  };
}

function samplerOf({ sampler, ratio }: TracingConfig): Sampler {
  const [kind, isParentBased] = [sampler.replace('parentbased_', ''), sampler.startsWith('parentbased_')];
  const root = rootSampler(kind, ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(kind: string, ratio: number): Sampler {
  if (kind === 'traceidratio') return new TraceIdRatioBasedSampler(ratio);
  return kind === 'always_off' ? new AlwaysOffSampler() : new AlwaysOnSampler();
}

/** Have faults told, those that OpenTelemetry notices by itself and those that the returned function gets. */
function tellOfFaults(logger: Logger): (error: unknown) => void {
  let toldAt = -Infinity;
  const tell = (error: unknown) => {
    if (performance.now() - toldAt < TELL_MS) return;
    toldAt = performance.now();
    const reason = tlsFault(String(error), 'OTEL_EXPORTER_OTLP_ENDPOINT');
    logger.warn(`Traces could not be exported; they are dropped${reason ? `. ${reason}` : ''}`);
  };
  const quiet = () => undefined;
  diag.setLogger(
    { error: tell, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  return tell;
}
