import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a receiver was sent. */
interface Received {
  headers: Record<string, string>;
  body: string;
}

/** Answers a request whose body has been read; by default 204. */
export type Respond = (res: ServerResponse, received: Received) => void;

/** A receiver of webhooks: a real HTTP server. */
export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  respond: Respond;
  stop(): Promise<void>;
}

/** @param tls makes it an HTTPS server */
export async function startReceiver(tls?: { key: string; cert: string }): Promise<Receiver> {
  const handle = (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const headers = req.headers as Record<string, string>;
      const received = { headers, body: Buffer.concat(chunks).toString() };
      receiver.received.push(received);
      receiver.respond(res, received);
    });
  };
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    port,
    received: [],
    respond: (res) => res.writeHead(204).end(),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}
