import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

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
 */
export async function startAwsServer(
  answer: (req: IncomingMessage, body: Record<string, unknown>) => AwsAnswer | Promise<AwsAnswer>,
): Promise<AwsServer> {
  const server = createServer((req, res) => {
    const respond = async () => {
      const input = req.method === 'GET' ? {} : ((await json(req)) as Record<string, unknown>);
      const { error, status = error ? 400 : 200, body = {} } = await answer(req, input);
      if (error) res.setHeader('x-amzn-ErrorType', error);
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    respond().catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
