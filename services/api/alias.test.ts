import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { toAlias, type GatewayRequest } from './alias.ts';
import { open, type Reply } from './endpoint.ts';

test('who was refused while the handler worked is not answered a second time', async () => {
  const reply = Promise.withResolvers<Reply>();
  const endpoint = open({
    doc: { id: 'slow', tag: 'System', summary: 'Takes long', replies: { 200: null } },
    method: 'GET',
    path: '/slow',
    handle: () => reply.promise,
  });
  const serve = toAlias(endpoint, {
    authenticate: () => Promise.reject(new Error('nobody is asked for')),
    originOf: () => ({}),
    load: { carry: (_action, _mayRefuse, run) => run() },
  });
  const errors: unknown[] = [];
  const server = createServer((req, res) => {
    const request = Object.assign(req, { $params: { params: {}, body: undefined, query: {} } });
    serve(request as unknown as GatewayRequest, res, (error) => errors.push(error));
    res.writeHead(429).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const { status } = await fetch(`http://127.0.0.1:${port}/slow`);
    reply.resolve({ status: 200, body: {} });
    // Whatever follows from that has happened before the next turn.
    await new Promise(setImmediate);
    expect([status, errors]).toEqual([429, []]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
