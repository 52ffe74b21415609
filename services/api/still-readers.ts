import type { Socket } from 'node:net';
import { metrics } from '../../lib/metrics.ts';

/** Whoever takes less in all of the time is no network that is slow: the slowest telephone takes this in half a minute. */
const LEAST_BYTES = 64 * 1024;
const LOOK_MS = 1000;

/** A connection on which something waits for the client. */
interface Waiting {
  /** How much the client's network had taken then. */
  taken: number;
  since: number;
}

interface StillReadersOptions {
  /** All that are open now. */
  sockets: ReadonlySet<Socket>;
  /** How long an answer may wait for its reader. */
  idleMs: number;
  clock?: () => number;
}

/**
 * End the connections whose clients read no further, or a byte now and then: each holds an open file, or a connection
 * to the object store. What takes long on our side does not count, nor does a stream that has nothing to tell: nothing
 * waits for the client there. Answers have to be written in small pieces, as only a whole one counts as taken.
 */
export function createStillReaders({
  sockets,
  idleMs,
  clock = () => performance.now(),
}: StillReadersOptions) {
  const waiting = new WeakMap<Socket, Waiting>();

  const look = () => {
    const now = clock();
    for (const socket of sockets) {
      if (socket.writableLength === 0) {
        waiting.delete(socket);
        continue;
      }
      const taken = socket.bytesWritten - socket.writableLength;
      const before = waiting.get(socket);
      if (!before || taken - before.taken >= LEAST_BYTES) waiting.set(socket, { taken, since: now });
      else if (now - before.since >= idleMs) end(socket);
    }
  };

  return {
    look,
    /** @returns stops it */
    start: () => {
      const timer = setInterval(look, LOOK_MS).unref();
      return () => clearInterval(timer);
    },
  };
}

function end(socket: Socket): void {
  metrics.abuse.inc({ limit: 'still' });
  // Closed in order, the system would go on holding what the client does not take.
  socket.resetAndDestroy();
}
