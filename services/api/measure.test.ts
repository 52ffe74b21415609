import { once } from 'node:events';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { metrics } from '../../lib/metrics.ts';
import { eventually } from '../../test/support/eventually.ts';
import { measured } from './measure.ts';

const told = async () => {
  const { values } = await metrics.httpRequests.get();
  return values.map(({ labels, value }) => [labels.status, value]);
};

/** Ask, and leave when the server has the request and has done what it does. */
async function askAndLeave(handle: RequestListener): Promise<void> {
  metrics.httpRequests.reset();
  const arrived = Promise.withResolvers<undefined>();
  const server = createServer(
    measured((req, res) => {
      handle(req, res);
      arrived.resolve(undefined);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  client.on('error', () => undefined).end();
  await arrived.promise;
  client.destroy();
  await eventually(async () => (await told()).length > 0, 'the request to be counted');
  server.close();
}

test('a client that leaves before its answer begins was answered nothing', async () => {
  await askAndLeave(() => undefined);
  expect(await told()).toEqual([[499, 1]]);
});

test('a client that leaves in the midst of its answer got the status that it began with', async () => {
  await askAndLeave((_req, res) => res.writeHead(206).write('the first bytes'));
  expect(await told()).toEqual([[206, 1]]);
});
