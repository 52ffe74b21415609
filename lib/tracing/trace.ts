import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { z } from 'zod';
import { problemCode } from '../errors.ts';

/** A place in a trace as it travels between processes and waits in databases (W3C Trace Context). */
export const carrierSchema = z.strictObject({ traceparent: z.string(), tracestate: z.string().optional() });
export type Carrier = z.output<typeof carrierSchema>;

const tracer = () => trace.getTracer('video-system');

/** @returns the present place in the trace; null outside of one, and always while nothing is traced */
export function carrier(): Carrier | null {
  if (!trace.getSpan(context.active())) return null;
  const found: Partial<Carrier> = {};
  propagation.inject(context.active(), found);
  const { traceparent, tracestate } = found;
  if (traceparent === undefined) return null;
  return { traceparent, ...(tracestate ? { tracestate } : {}) };
}

/** Run something as a part of the trace that it came from; without one, as it is. */
export function inTrace<T>(from: Carrier | null | undefined, work: () => T): T {
  return from ? context.with(propagation.extract(ROOT_CONTEXT, from), work) : work();
}

/** As {@link inTrace}; what belongs to that trace already keeps its place. */
export function joinTrace<T>(from: Carrier | null | undefined, work: () => T): T {
  const present = trace.getSpanContext(context.active())?.traceId;
  return present !== undefined && from?.traceparent.includes(present) ? work() : inTrace(from, work);
}

/** Run something that outlives the request which has caused it. */
export const outsideTraces = <T>(work: () => T): T => context.with(ROOT_CONTEXT, work);

/**
 * Run something as a span of the present trace. Only requests begin traces: outside of one, nothing is recorded, so
 * that what the system does by itself all day fills no collector.
 * @param name one of few; ids don't belong into it
 * @param options attributes hold neither secrets nor what is somebody's own
 * @param work gets the span, for what is known only later
 */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  if (!span) return work();
  try {
    return await within(span, () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** As {@link inSpan}, for what ends elsewhere. @returns undefined outside of a trace */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  return trace.getSpan(context.active()) ? tracer().startSpan(name, options) : undefined;
}

/** Begin the trace of a request, or go on with its client's. */
export function startRequestSpan(name: string, headers: object, options: SpanOptions): Span {
  const from = propagation.extract(ROOT_CONTEXT, headers);
  return tracer().startSpan(name, options, from);
}

/** Run something within a span that was started. */
export const within = <T>(span: Span, work: () => T): T =>
  context.with(trace.setSpan(context.active(), span), work);

/** Note a failure by its stable code, or its class: messages may hold what is somebody's own. */
export function failSpan(span: Span, error: unknown): void {
  const type = problemCode(error) ?? (error instanceof Error ? error.name : 'unknown');
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

/** What a line of the log tells of the present trace. */
export function traceIds(): { traceId?: string; spanId?: string } {
  const span = trace.getSpanContext(context.active());
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}
