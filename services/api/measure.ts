import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { metrics } from '../../lib/metrics.ts';
import { notesOf } from './request-notes.ts';

/** What proxies log for a client that left before its answer began. */
const CLIENT_LEFT = 499;

/** Count and time every request, also those that no route takes. */
export function measured(handle: RequestListener): RequestListener {
  return (req, res) => {
    const began = performance.now();
    metrics.httpInFlight.inc();
    const { socket } = req;
    res.once('close', () => {
      const { method = '' } = req;
      const { route } = notesOf(req);
      metrics.httpInFlight.dec();
      countBytes(socket);
      metrics.httpRequests.inc({ method, route, status: res.headersSent ? res.statusCode : CLIENT_LEFT });
      metrics.httpSeconds.observe({ method, route }, (performance.now() - began) / 1000);
    });
    handle(req, res);
  };
}

const counted = new WeakMap<Socket, { read: number; written: number }>();

/** A connection carries one request after the other; what came and went since the last one belongs to this one. */
function countBytes(socket: Socket): void {
  const before = counted.get(socket) ?? { read: 0, written: 0 };
  const now = { read: socket.bytesRead, written: socket.bytesWritten };
  metrics.httpBytes.inc({ direction: 'received' }, Math.max(0, now.read - before.read));
  metrics.httpBytes.inc({ direction: 'sent' }, Math.max(0, now.written - before.written));
  counted.set(socket, now);
}
