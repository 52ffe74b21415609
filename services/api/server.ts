import type { Server } from 'node:http';

/** How long requests in hand may take to finish when the process is asked to stop. */
const DRAIN_MS = 10_000;

/**
 * Take no new connection, let the requests in hand finish, and end what is left after a while.
 * @param server a listening server; nothing happens when it isn't
 */
export async function drainServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}
