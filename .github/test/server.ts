import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface Answer {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body: string;
}

/** A server on the loopback address until the test is over. */
export async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, body: string) => Answer,
): Promise<string> {
  const server = createServer((request, response) => {
    const respond = async () => {
      const { status = 200, type = 'application/json', headers, body } = answer(request, await text(request));
      response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
    };
    respond().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Amazon's SDK talks to this server, and signs with these credentials, which nobody looks at. */
export async function serveAws(t: TestContext, answer: Parameters<typeof serve>[1]): Promise<void> {
  const url = await serve(t, answer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  });
}
