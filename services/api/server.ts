import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { stopListening } from './listen.ts';
import { createStillReaders } from './still-readers.ts';

/** How long requests in hand may take to finish when the process is asked to stop. */
const DRAIN_MS = 10_000;
const CLOSE_IDLE_MS = 250;

/** How many may wait for the end of one answer: counters, log, trace, and all parts of a stream. More are a leak. */
const MAX_LISTENERS = 20;

/** How long a client may take for the head of a request, and for JSON. */
const ARRIVAL_MS = 20_000;

/** The parsers of JSON take less, each of them. */
const MAX_JSON_BYTES = 2 * 1024 ** 2;

const connections = new WeakMap<Server, Set<Socket>>();

/**
 * An HTTP server that lets no client hold a connection for ever without asking for something.
 * Uploads have no limit here: they take as long as they take, and ./transfer/upload.ts ends those that stand still.
 * @param handle takes the requests, those that ask with `Expect: 100-continue` too
 * @param readerIdleMs how long an answer may wait for a client that reads no further
 */
export function createGatewayServer(handle: RequestListener, readerIdleMs: number): Server {
  const limits = {
    headersTimeout: ARRIVAL_MS,
    connectionsCheckingInterval: 5000,
    requestTimeout: 0,
    // Longer than load balancers keep an idle connection (60 s): none sends a request on one that is just being closed.
    keepAliveTimeout: 65_000,
  };
  const begin: RequestListener = (req, res) => {
    if (isJson(req.headers['content-type'])) {
      endSlowJson(req);
      cutLongJson(req);
    }
    handle(req, res.setMaxListeners(MAX_LISTENERS));
  };
  const server = createServer(limits, begin);
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const stop = createStillReaders({ sockets: open, idleMs: readerIdleMs }).start();
  server.once('close', stop);
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    continueWhenRead(req, res);
    begin(req, res);
  });
  return server;
}

/** A client that asks before it sends is told to go on when its body is wanted, and not when it is refused unread. */
function continueWhenRead(req: IncomingMessage, res: ServerResponse): void {
  const read = req._read.bind(req);
  req._read = (size) => {
    req._read = read;
    if (!res.headersSent) res.writeContinue();
    read(size);
  };
}

/** Whether a body is JSON, which has to arrive in time. */
export const isJson = (contentType = ''): boolean => /^\s*application\/json/i.test(contentType);

/** Close the connection of a client that doesn't send all of its JSON in time; the body parser would wait for ever. */
function endSlowJson(req: IncomingMessage): void {
  const timer = setTimeout(() => {
    if (!req.complete) req.destroy();
  }, ARRIVAL_MS);
  req.once('close', () => clearTimeout(timer));
}

/** The body parser reads what is too long to its end before it refuses it; so that has one here. */
function cutLongJson(req: IncomingMessage): void {
  const push = req.push.bind(req);
  let left = MAX_JSON_BYTES;
  req.push = (chunk: Buffer | null) => {
    if (left < 0) return false;
    left -= chunk?.length ?? 0;
    return push(left < 0 ? null : chunk);
  };
}

/**
 * Take no new connection, let the requests in hand finish, and end what is left after a while.
 * @param server a listening server; nothing happens when it isn't
 */
export async function drainServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = stopListening(server);
  const closeIdle = () => {
    server.closeIdleConnections();
    // Browsers connect in advance; Node takes a connection that has carried nothing yet for a busy one.
    for (const socket of connections.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy();
  };
  closeIdle();
  // A connection whose request is done now would otherwise wait for another one.
  const closing = setInterval(closeIdle, CLOSE_IDLE_MS);
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(closing);
  clearTimeout(timer);
}
