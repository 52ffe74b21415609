import type { IncomingMessage, RequestListener } from 'node:http';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { startRequestSpan, within } from '../../lib/tracing/trace.ts';
import { isHealth } from './load/admission.ts';
import { notesOf } from './request-notes.ts';

/** Every request but health checks begins a trace, or goes on with its client's (`traceparent`). */
export function traced(handle: RequestListener): RequestListener {
  return (req, res) => {
    if (isHealth(req)) {
      handle(req, res);
      return;
    }
    const { method = '' } = req;
    const span = startRequestSpan(method, traceHeaders(req), { kind: SpanKind.SERVER });
    res.once('close', () => {
      const { route } = notesOf(req);
      span.updateName(`${method} ${route}`).setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': res.statusCode,
      });
      if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    within(span, () => handle(req, res));
  };
}

const traceHeaders = ({ headers: { traceparent, tracestate } }: IncomingMessage) => ({
  ...(traceparent ? { traceparent } : {}),
  ...(tracestate ? { tracestate } : {}),
});
