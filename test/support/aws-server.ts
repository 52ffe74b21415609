import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { NAME, type Certificates } from './certificates.ts';

/** A stand-in for a JSON service of Amazon's, for its real SDK to talk to. */
export interface AwsServer {
  url: string;
  stop(): Promise<void>;
}

export interface AwsAnswer {
  status?: number;
  /** The SDK makes an error of this name. */
  error?: string;
  body?: object;
}

/** The credentials that the SDK wants to sign with; the server does not look at them. */
export const awsCredentials = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-west-1',
};

/**
 * Start a server on the loopback address.
 * @param answer gets the request and its JSON
 * @param certificates with which it speaks TLS
 */
export async function startAwsServer(
  answer: (req: IncomingMessage, body: Record<string, unknown>) => AwsAnswer | Promise<AwsAnswer>,
  certificates?: Certificates,
): Promise<AwsServer> {
  const listener: RequestListener = (req, res) => {
    const respond = async () => {
      const input = req.method === 'GET' ? {} : ((await json(req)) as Record<string, unknown>);
      const { error, status = error ? 400 : 200, body = {} } = await answer(req, input);
      if (error) res.setHeader('x-amzn-ErrorType', error);
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    respond().catch(() => res.destroy());
  };
  const server = certificates ? createTlsServer(certificates.server, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${certificates ? `https://${NAME}` : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
