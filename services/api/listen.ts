import type { Server } from 'node:http';
import { createServer, type ListenOptions, type Server as Acceptor } from 'node:net';

/**
 * Node accepts one connection at each turn of the event loop, and turns are long when there is much to do: at 50 ms
 * each, the 21st client in a second would wait for the next one, health checks among them, though every request is
 * answered at once when it gets in. So the port has several listeners, between which the kernel spreads connections.
 */
const ACCEPTORS = 16;
/** Elsewhere sockets can't share a port, or don't share its connections. */
const CAN_SHARE = process.platform === 'linux';

const acceptors = new WeakMap<Server, Acceptor[]>();

/**
 * Listen on a port, with several acceptors where that can be.
 * @throws Error `EADDRINUSE` when the port is taken
 */
export async function listen(server: Server, address: { port: number; host: string }): Promise<void> {
  if (!CAN_SHARE) {
    await listening(server, address);
    return;
  }
  await findFree(address);
  const shared = { ...address, reusePort: true };
  await listening(server, shared);
  const others = Array.from({ length: ACCEPTORS - 1 }, () =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket)),
  );
  acceptors.set(server, others);
  await Promise.all(others.map((other) => listening(other, shared)));
}

/** Listeners that share a port would share it with another program, too; so it has to be free of listeners before. */
async function findFree(address: { port: number; host: string }): Promise<void> {
  const probe = createServer();
  await listening(probe, address);
  await closing(probe);
}

/** Take no more connections; resolves when the last one has ended. */
export async function stopListening(server: Server): Promise<void> {
  await Promise.all([server, ...(acceptors.get(server) ?? [])].map(closing));
}

const listening = (server: Acceptor, options: ListenOptions) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });

const closing = (server: Acceptor) => new Promise<void>((resolve) => server.close(() => resolve()));
