import { SpanKind, type Span } from '@opentelemetry/api';
import { inRequest } from '../lib/logging/request.ts';
import type { ActionHandler, CallingOptions, Context, Middleware, Service, ServiceBroker } from 'moleculer';
import {
  carrierSchema,
  carrier,
  failSpan,
  inSpan,
  inTrace,
  startSpan,
  within,
} from '../lib/tracing/trace.ts';

/** Calls of actions carry their trace in `meta`, also between processes. Moleculer's own actions, and the gateway's, are no spans. */
export const tracing: Middleware = {
  name: 'tracing',
  // The type that Moleculer gives to this hook is that of a call's result.
  call: traceCalls as unknown as NonNullable<Middleware['call']>,
  localAction: (next: ActionHandler, { name = '' }: { name?: string }) =>
    /^(\$node|api)\./.test(name) ? next : tracedAction(name, next),
};

function tracedAction(name: string, handle: ActionHandler): ActionHandler {
  return function (this: Service, ctx: Context) {
    const from = carrierSchema.safeParse((ctx.meta as { trace?: unknown }).trace).data;
    const requestId = ctx.requestID as string | null | undefined;
    const handled = () => handle.call(this, ctx) as Promise<unknown>;
    const run = () => (requestId ? inRequest(requestId, handled) : handled());
    return from ? inTrace(from, () => inSpan(name, { kind: SpanKind.SERVER }, run)) : run();
  };
}

function traceCalls(call: ServiceBroker['call']) {
  return (action: string, params: unknown, options?: CallingOptions) => {
    const span = startSpan(`call ${action}`, { kind: SpanKind.CLIENT });
    if (!span) return call(action, params, { ...options });
    // The promise itself is handed on: Moleculer keeps the call's context on it.
    const answer = within(span, () =>
      call(action, params, { ...options, meta: { ...options?.meta, trace: carrier() } }),
    );
    endWith(span, answer);
    return answer;
  };
}

function endWith(span: Span, answer: Promise<unknown>): void {
  const failed = (error: unknown) => {
    failSpan(span, error);
    span.end();
  };
  answer.then(() => span.end(), failed);
}
