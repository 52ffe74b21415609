import type { IncomingMessage, RequestListener } from 'node:http';
import { metrics } from '../../lib/metrics.ts';

/** What proxies log for a client that left before its answer began. */
const CLIENT_LEFT = 499;

const routes = new WeakMap<IncomingMessage, string>();

/** Remember which route a request took: metrics know routes by their templates, whatever paths clients make up. */
export const noteRoute = (req: IncomingMessage, path: string): void => void routes.set(req, path);

/** Count and time every request, also those that no route takes (`other`: files of the page, and nothing). */
export function measured(handle: RequestListener): RequestListener {
  return (req, res) => {
    const began = performance.now();
    metrics.httpInFlight.inc();
    res.once('close', () => {
      const { method = '' } = req;
      const route = routes.get(req) ?? 'other';
      metrics.httpInFlight.dec();
      metrics.httpRequests.inc({ method, route, status: res.headersSent ? res.statusCode : CLIENT_LEFT });
      metrics.httpSeconds.observe({ method, route }, (performance.now() - began) / 1000);
    });
    handle(req, res);
  };
}
