import type { IncomingMessage, RequestListener } from 'node:http';
import { metrics } from '../../lib/metrics.ts';

const routes = new WeakMap<IncomingMessage, string>();

/** Remember which route a request took: metrics know routes by their templates, whatever paths clients make up. */
export const noteRoute = (req: IncomingMessage, path: string): void => void routes.set(req, path);

/** The template of the route that a request took; `other` for files of the page, and nothing. */
export const routeOf = (req: IncomingMessage): string => routes.get(req) ?? 'other';

/** Count and time every request, also those that no route takes (`other`: files of the page, and nothing). */
export function measured(handle: RequestListener): RequestListener {
  return (req, res) => {
    const began = performance.now();
    metrics.httpInFlight.inc();
    res.once('close', () => {
      const { method = '' } = req;
      const route = routeOf(req);
      metrics.httpInFlight.dec();
      metrics.httpRequests.inc({ method, route, status: res.statusCode });
      metrics.httpSeconds.observe({ method, route }, (performance.now() - began) / 1000);
    });
    handle(req, res);
  };
}
